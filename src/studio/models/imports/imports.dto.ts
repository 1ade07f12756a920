import { MODEL_TYPES, VISIBILITIES, type ModelType, type Visibility } from '@atelier/contracts';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, Length, Matches, MaxLength, Min } from 'class-validator';
import { IsTypeId } from '../../../platform/http/index.js';
import { UnreadyView } from '../models.dto.js';
import { IMPORT_STAGES, type ImportStage } from './import.entity.js';

/** What may be said of a model that is brought; what is left out is found in the file where it can be. */
export class ImportWishDto {
  @ApiPropertyOptional({ maxLength: 100, description: 'Left out: the name of the file.' })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  name?: string;

  @ApiPropertyOptional({ maxLength: 2000 })
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  description?: string;

  @ApiPropertyOptional({ enum: MODEL_TYPES, description: 'Left out: told from the names of its tensors.' })
  @IsOptional()
  @IsIn(MODEL_TYPES, { message: `type must be one of ${MODEL_TYPES.join(', ')}` })
  type?: ModelType;

  @ApiPropertyOptional({ example: 'sdxl', description: 'Family; left out: told from its tensors.' })
  @IsOptional()
  @IsString()
  @MaxLength(50)
  base?: string;

  @ApiPropertyOptional({ maxLength: 100, example: 'CreativeML-OpenRAIL-M', description: 'Under which licence you have it.' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  licence?: string;

  @ApiPropertyOptional({ maxLength: 2000, description: 'What is new in this version.' })
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  changelog?: string;

  @ApiPropertyOptional({ enum: VISIBILITIES, default: 'private' })
  @IsOptional()
  @IsIn(VISIBILITIES)
  visibility?: Visibility;

  @ApiPropertyOptional({ example: 'mdl_01j9w3k4m5n6p7q8r9s0t1v2w3', description: 'The file becomes the next version of this model.' })
  @IsOptional()
  @IsTypeId('mdl')
  modelId?: string;
}

export class BeginUploadBody extends ImportWishDto {
  @ApiProperty({ example: 'watercolour.safetensors', description: 'For people to recognise it by; what it is, its content says.' })
  @IsString()
  @Length(1, 255)
  filename: string;

  @ApiProperty({ type: 'integer', minimum: 1, description: 'Exact size in bytes.' })
  @IsInt()
  @Min(1)
  size: number;

  @ApiPropertyOptional({ description: 'SHA-256 of the file, 64 hexadecimal digits; checked when it has arrived.' })
  @IsOptional()
  @Matches(/^[0-9a-f]{64}$/)
  sha256?: string;
}

export class ImportUrlBody extends ImportWishDto {
  @ApiProperty({ example: 'https://example.com/watercolour.safetensors' })
  @IsString()
  @Length(1, 2000)
  url: string;

  @ApiPropertyOptional({ description: 'SHA-256 of the file, 64 hexadecimal digits; checked when it has arrived.' })
  @IsOptional()
  @Matches(/^[0-9a-f]{64}$/)
  sha256?: string;
}

export class CatalogueFileBody {
  @ApiProperty({ example: 'lama.onnx', description: 'Which file of the model it is, by the name the catalogue gives it.' })
  @IsString()
  @Length(1, 255)
  file: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, description: 'Exact size in bytes; for an upload.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  size?: number;

  @ApiPropertyOptional({ description: 'Where it is fetched from; instead of an upload.' })
  @IsOptional()
  @IsString()
  @Length(1, 2000)
  url?: string;

  @ApiPropertyOptional({ description: 'SHA-256 of the file, 64 hexadecimal digits.' })
  @IsOptional()
  @Matches(/^[0-9a-f]{64}$/)
  sha256?: string;
}

export class ImportStageView {
  @ApiProperty({ enum: ['arrival', 'checks', 'storage'] }) name: 'arrival' | 'checks' | 'storage';
  @ApiProperty({ enum: ['waiting', 'running', 'passed', 'failed'] }) state: 'waiting' | 'running' | 'passed' | 'failed';
}
export class ImportView {
  @ApiProperty({ example: 'mdv_01j9w3k4m5n6p7q8r9s0t1v2w3' }) id: string;
  @ApiProperty() filename: string;
  @ApiProperty({ enum: IMPORT_STAGES }) stage: ImportStage;
  @ApiProperty({ type: 'number', description: '0 to 1, of the stage it is in.' }) progress: number;
  @ApiProperty({ type: [ImportStageView] }) stages: ImportStageView[];
  @ApiProperty({ type: UnreadyView, nullable: true, description: 'Why it was refused or failed, with the cure.' }) refusal: UnreadyView | null;
  @ApiProperty({ type: 'integer', nullable: true }) bytes: number | null;
  @ApiProperty({ type: 'integer', description: 'An upload arrives in parts of this size; the last one is smaller.' }) partBytes: number;
  @ApiProperty({ type: 'integer' }) partCount: number;
  @ApiProperty({ type: [Number], description: 'Numbers of parts that have arrived, from 1.' }) received: number[];
  @ApiProperty({ type: 'string', nullable: true, description: 'The model it has become.' }) modelId: string | null;
  @ApiProperty({ format: 'date-time' }) createdAt: string;
}
export class ImportListView {
  @ApiProperty({ type: [ImportView] }) data: ImportView[];
}
