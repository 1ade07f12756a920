import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { PageQuery } from '../../platform/http/index.js';

export const MODEL_TYPES = ['checkpoint', 'lora', 'embedding', 'controlnet', 'vae', 'upscaler', 'onnx'] as const;
export type ModelType = (typeof MODEL_TYPES)[number];

export class ModelView {
  @ApiProperty({ example: 'mdl_01j9w3k4m5n6p7q8r9s0t1v2w3' }) id: string;
  @ApiProperty({ example: 'builtin/placeholder', description: 'What `model` in a request may say beside the id.' }) slug: string;
  @ApiProperty() name: string;
  @ApiProperty() description: string;
  @ApiProperty({ enum: MODEL_TYPES }) type: ModelType;
  @ApiProperty({ example: 'builtin', description: 'Family the weights belong to; what fits together has the same base.' }) base: string;
  @ApiProperty({ type: [String], description: 'Operations that may name it.' }) operations: string[];
  @ApiProperty({ description: 'True: draws a placeholder, runs no model.' }) simulated: boolean;
  @ApiProperty({ type: 'integer' }) vramMb: number;
  @ApiProperty({ type: [String], description: 'Classes of machine it may run on.' }) gpuClasses: string[];
  @ApiProperty({ enum: [1, 2], description: 'Factor on the price of a picture.' }) priceFactor: number;
  @ApiProperty({ type: 'string', nullable: true }) licence: string | null;
  @ApiProperty({ description: 'True: used when a request names no model.' }) isDefault: boolean;
  @ApiProperty({ format: 'date-time' }) createdAt: string;
}
export class ModelPage {
  @ApiProperty({ type: [ModelView] }) data: ModelView[];
  @ApiProperty() hasMore: boolean;
  @ApiProperty({ type: 'string', nullable: true }) nextCursor: string | null;
}

export class ModelSearchQuery extends PageQuery {
  @ApiPropertyOptional({ enum: MODEL_TYPES })
  @IsOptional()
  @IsIn(MODEL_TYPES, { message: `type must be one of ${MODEL_TYPES.join(', ')}` })
  type?: ModelType;

  @ApiPropertyOptional({ example: 'builtin' })
  @IsOptional()
  @IsString()
  @MaxLength(50)
  base?: string;

  @ApiPropertyOptional({ description: 'Words in the name, slug or description.' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  q?: string;
}
