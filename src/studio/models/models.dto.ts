import {
  MODEL_ENGINES,
  MODEL_TYPES,
  SERVICE_STATES,
  THERMAL_MODES,
  VISIBILITIES,
  WEIGHT_ROLES,
  type CommercialUse,
  type ModelEngine,
  type ModelType,
  type ServiceState,
  type ThermalMode,
  type Visibility,
  type WeightFormat,
  type WeightRole,
} from '@atelier/contracts';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsInt, IsOptional, IsString, Length, Max, MaxLength, Min } from 'class-validator';
import { PageQuery } from '../../platform/http/index.js';

export class LicenceView {
  @ApiProperty({ example: 'Apache-2.0' }) tag: string;
  @ApiProperty() name: string;
  @ApiProperty() url: string;
  @ApiProperty({ enum: ['allowed', 'review', 'forbidden'], description: '`review` and `forbidden` are off until an operator says why they may be used here.' })
  commercialUse: CommercialUse;
}
export class UnreadyView {
  @ApiProperty({ example: 'model_not_ready' }) code: string;
  @ApiProperty() message: string;
  @ApiProperty() fix: string;
}
export class ModelFileView {
  @ApiProperty() name: string;
  @ApiProperty({ enum: WEIGHT_ROLES }) role: WeightRole;
  @ApiProperty({ type: 'integer' }) bytes: number;
  @ApiProperty({ type: 'string', nullable: true, description: 'SHA-256; null: not imported here.' }) digest: string | null;
}
export class ModelView {
  @ApiProperty({ example: 'mdl_01j9w3k4m5n6p7q8r9s0t1v2w3' }) id: string;
  @ApiProperty({ example: 'builtin/placeholder', description: 'What `model` in a request may say beside the id.' }) slug: string;
  @ApiProperty() name: string;
  @ApiProperty() description: string;
  @ApiProperty({ enum: MODEL_TYPES }) type: ModelType;
  @ApiProperty({ example: 'sdxl', description: 'Family the weights belong to; what fits together has the same base.' }) base: string;
  @ApiProperty({ enum: MODEL_ENGINES }) engine: ModelEngine;
  @ApiProperty({ type: [String], description: 'Operations that may name it.' }) operations: string[];
  @ApiProperty({ description: 'True: draws a placeholder, runs no model.' }) simulated: boolean;
  @ApiProperty({ description: 'Whether it can be used here and now.' }) ready: boolean;
  @ApiProperty({ type: UnreadyView, nullable: true, description: 'Why it cannot, with the cure.' }) reason: UnreadyView | null;
  @ApiProperty({ type: 'integer' }) vramMb: number;
  @ApiProperty({ type: [String], description: 'Classes of machine it may run on.' }) gpuClasses: string[];
  @ApiProperty({ enum: [1, 2], description: 'Factor on the price of a picture.' }) priceFactor: number;
  @ApiProperty({ type: LicenceView, nullable: true }) licence: LicenceView | null;
  @ApiProperty({ type: [String], description: 'Operations that it does now where a request names no model.' }) defaultFor: string[];
  @ApiProperty({ description: 'Of the tenant, not of the catalogue.' }) own: boolean;
  @ApiProperty({ enum: VISIBILITIES, nullable: true }) visibility: Visibility | null;
  @ApiProperty({ type: [String] }) triggerWords: string[];
  @ApiProperty({ type: 'string', nullable: true, description: 'Path of a picture that shows what it does.' }) preview: string | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Number of the version in use.' }) version: number | null;
  @ApiProperty({ type: 'string', nullable: true, description: 'Where its publisher offers it.' }) source: string | null;
  @ApiProperty({ type: [ModelFileView] }) files: ModelFileView[];
  @ApiProperty({ enum: THERMAL_MODES, nullable: true, description: 'Null: it has no weights here.' }) thermal: ThermalMode | null;
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

  @ApiPropertyOptional({ example: 'sdxl' })
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

export class PatchModelBody {
  @ApiPropertyOptional({ maxLength: 100 })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  name?: string;

  @ApiPropertyOptional({ maxLength: 2000 })
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  description?: string;

  @ApiPropertyOptional({ enum: VISIBILITIES })
  @IsOptional()
  @IsIn(VISIBILITIES)
  visibility?: Visibility;

  @ApiPropertyOptional({ type: [String], maxItems: 50 })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(50)
  @IsString({ each: true })
  @Length(1, 100, { each: true })
  triggerWords?: string[];
}

export class PassportView {
  @ApiProperty({ type: 'integer', description: 'Version of the rules.' }) rules: number;
  @ApiProperty({ type: [String], example: ['format', 'safetensors_header'] }) checks: string[];
  @ApiProperty({ format: 'date-time' }) checkedAt: string;
}
export class VersionView {
  @ApiProperty({ example: 'mdv_01j9w3k4m5n6p7q8r9s0t1v2w3' }) id: string;
  @ApiProperty({ type: 'integer' }) number: number;
  @ApiProperty({ type: 'string', nullable: true }) changelog: string | null;
  @ApiProperty({ description: 'The one in use.' }) current: boolean;
  @ApiProperty() filename: string;
  @ApiProperty({ description: 'SHA-256.' }) digest: string;
  @ApiProperty({ type: 'integer' }) bytes: number;
  @ApiProperty({ enum: ['safetensors', 'onnx'] }) format: WeightFormat;
  @ApiProperty({ type: PassportView, description: 'What was checked before anything may open the file.' }) passport: PassportView;
  @ApiProperty({ format: 'date-time' }) createdAt: string;
}

export class RollBackBody {
  @ApiProperty({ type: 'integer', minimum: 1, description: 'Number of the version to use.' })
  @IsInt()
  @Min(1)
  version: number;
}

export class ThermalBody {
  @ApiProperty({ enum: THERMAL_MODES })
  @IsIn(THERMAL_MODES, { message: `mode must be one of ${THERMAL_MODES.join(', ')}` })
  mode: ThermalMode;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 10_080, description: 'For WARM; 30 when left out.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10_080)
  warmDurationMinutes?: number;
}
export class ThermalQuery {
  @ApiPropertyOptional({ enum: ['true'], description: 'Only say what it would cost.' })
  @IsOptional()
  @IsIn(['true'])
  dryRun?: 'true';
}
export class WarmUpCostView {
  @ApiProperty({ type: 'integer' }) bytes: number;
  @ApiProperty({ type: 'integer', description: 'From disk into memory.' }) loadMs: number;
  @ApiProperty({ type: 'string', nullable: true }) gpuClass: string | null;
  @ApiProperty({ description: 'Millionths of a dollar for one load.' }) loadMicros: string;
  @ApiProperty({ description: 'Millionths of a dollar for a minute of a box that is kept for it.' }) minuteMicros: string;
}
export class ThermalStateView {
  @ApiProperty({ enum: THERMAL_MODES, description: 'What was asked for.' }) mode: ThermalMode;
  @ApiProperty({ enum: THERMAL_MODES, description: 'Where the weights are.' }) state: ThermalMode;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true }) warmUntil: string | null;
  @ApiProperty({ enum: SERVICE_STATES }) service: ServiceState;
  @ApiProperty({ type: WarmUpCostView }) cost: WarmUpCostView;
}

export class LicenceGateView extends LicenceView {
  @ApiProperty() allowed: boolean;
  @ApiProperty({ type: 'string', nullable: true, description: 'What the operator said.' }) reason: string | null;
  @ApiProperty({ type: 'integer', description: 'Models of the catalogue that have it.' }) models: number;
}
export class LicenceGatesView {
  @ApiProperty({ description: 'The operator has declared that nobody earns money with this installation.' }) nonCommercial: boolean;
  @ApiProperty({ type: [LicenceGateView], description: 'Those that somebody has to say a word about.' }) licences: LicenceGateView[];
}
export class PutLicenceBody {
  @ApiPropertyOptional({ description: 'Left out: declares that nobody earns money with this installation, which allows all.' })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  tag?: string;

  @ApiProperty()
  @IsBoolean()
  allowed: boolean;

  @ApiProperty({ minLength: 10, maxLength: 1000, description: 'Why; kept in the audit log.' })
  @IsString()
  @Length(10, 1000)
  reason: string;
}
