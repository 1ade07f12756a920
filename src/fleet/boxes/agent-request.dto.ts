import { GPU_CLASSES, type BoxProof, type CapacityType, type EngineName, type GpuClass, type TaskErrorClass, type TaskKind } from '@atelier/contracts';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';

/** What a box may send. Shapes and meanings are those of `@atelier/contracts` (fleet.ts); the bounds are what no honest box exceeds. */
const SHA256 = /^[0-9a-f]{64}$/;
const TASKS_MAX = 64;
/** Of one side of an output: far beyond any picture, far below what a column holds. */
const PIXELS_MAX = 100_000;
const DIGESTS_MAX = 2000;
const TASK_ID = { example: 'task_01k9…' };

export class GpuFactsDto {
  @ApiProperty({ enum: GPU_CLASSES })
  @IsIn(GPU_CLASSES)
  class: GpuClass;
  @ApiProperty()
  @IsString()
  @Length(1, 200)
  name: string;
  @ApiProperty({ type: 'integer' })
  @IsInt()
  @Min(0)
  @Max(10_000_000)
  vramMb: number;
  @ApiProperty({ nullable: true, type: String })
  @ValidateIf((_, value) => value !== null)
  @IsString()
  @MaxLength(100)
  driver: string | null;
}

export class EngineFactsDto {
  @ApiProperty({ enum: ['builtin', 'comfyui', 'onnx'] })
  @IsIn(['builtin', 'comfyui', 'onnx'])
  name: EngineName;
  @ApiProperty()
  @IsString()
  @Length(1, 100)
  version: string;
  @ApiProperty({ type: [String] })
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(60, { each: true })
  kinds: TaskKind[];
}

export class RegisterBoxDto {
  @ApiProperty({ description: 'Name of the pool.' })
  @IsString()
  @MaxLength(60)
  pool: string;
  @ApiProperty()
  @IsString()
  @Length(1, 200)
  bootstrapSecret: string;
  @ApiProperty({ type: 'object', additionalProperties: true, description: '{kind: "local", nonce}' })
  @IsObject()
  proof: BoxProof;
  @ApiProperty()
  @IsString()
  @Length(1, 200)
  instanceId: string;
  @ApiProperty({ format: 'date-time' })
  @IsISO8601()
  launchedAt: string;
  @ApiProperty()
  @IsString()
  @Length(1, 60)
  agentVersion: string;
  @ApiProperty({ enum: ['on_demand', 'spot'] })
  @IsIn(['on_demand', 'spot'])
  capacity: CapacityType;
  @ApiProperty({ nullable: true, type: String })
  @ValidateIf((_, value) => value !== null)
  @IsString()
  @MaxLength(60)
  zone: string | null;
  @ApiProperty({ type: GpuFactsDto })
  @IsObject()
  @ValidateNested()
  @Type(() => GpuFactsDto)
  gpu: GpuFactsDto;
  @ApiProperty({ type: [EngineFactsDto] })
  @IsArray()
  @ArrayMaxSize(10)
  @ValidateNested({ each: true })
  @Type(() => EngineFactsDto)
  engines: EngineFactsDto[];
}

export class FreeDto {
  @ApiProperty({ type: 'integer' })
  @IsInt()
  @Min(0)
  @Max(TASKS_MAX)
  slots: number;
  @ApiProperty({ type: 'integer' })
  @IsInt()
  @Min(0)
  vramMb: number;
}

export class LeaseDto {
  @ApiProperty({ description: 'Made by the box; the same id is answered with the same tasks.' })
  @IsString()
  @Length(8, 100)
  requestId: string;
  @ApiProperty({ type: FreeDto })
  @IsObject()
  @ValidateNested()
  @Type(() => FreeDto)
  free: FreeDto;
  @ApiProperty({ type: [String] })
  @IsArray()
  @ArrayMaxSize(DIGESTS_MAX)
  @IsString({ each: true })
  @MaxLength(100, { each: true })
  loaded: string[];
  @ApiProperty({ type: [String] })
  @IsArray()
  @ArrayMaxSize(DIGESTS_MAX)
  @IsString({ each: true })
  @MaxLength(100, { each: true })
  cached: string[];
}

export class MeterDto {
  @ApiProperty()
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(0)
  loadMs: number;
  @ApiProperty()
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(0)
  workMs: number;
}

export class HeldTaskDto {
  @ApiProperty(TASK_ID)
  @IsString()
  taskId: string;
  @ApiProperty({ type: 'integer' })
  @IsInt()
  @Min(1)
  attempt: number;
  @ApiProperty({ type: MeterDto })
  @IsObject()
  @ValidateNested()
  @Type(() => MeterDto)
  meter: MeterDto;
}

export class PreviewDto {
  @ApiProperty({ type: 'integer' })
  @IsInt()
  @Min(0)
  step: number;
  @ApiProperty({ description: 'JPEG, at most 16 KB.' })
  @Matches(/^data:image\/jpeg;base64,[A-Za-z0-9+/]+={0,2}$/, { message: 'dataUrl must be a JPEG data URL' })
  @MaxLength(16_384)
  dataUrl: string;
}

export class UploadWishDto {
  @ApiProperty()
  @Matches(/^[a-z][a-z0-9_]{0,31}$/, { message: 'slot must be a small-letter word of at most 32' })
  slot: string;
  @ApiProperty()
  @Matches(SHA256, { message: 'sha256 must be 64 hexadecimal digits' })
  sha256: string;
  @ApiProperty({ type: 'integer' })
  @IsInt()
  @Min(1)
  bytes: number;
  @ApiProperty({ enum: ['image/png'] })
  @IsIn(['image/png'])
  contentType: string;
}

export class TaskBeatDto extends HeldTaskDto {
  @ApiProperty({ enum: ['loading', 'running'] })
  @IsIn(['loading', 'running'])
  state: 'loading' | 'running';
  @ApiProperty({ type: 'integer' })
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  step: number;
  @ApiProperty({ type: 'integer' })
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  totalSteps: number;
  @ApiProperty()
  @IsString()
  @MaxLength(60)
  stage: string;
  @ApiPropertyOptional({ type: PreviewDto })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => PreviewDto)
  preview?: PreviewDto;
  @ApiPropertyOptional({ type: [UploadWishDto] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(16)
  @ValidateNested({ each: true })
  @Type(() => UploadWishDto)
  uploads?: UploadWishDto[];
}

export class GpuStatusDto {
  @ApiProperty()
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(0)
  vramUsedMb: number;
  @ApiProperty({ description: '0 to 1' })
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(0)
  @Max(1)
  utilisation: number;
  @ApiProperty({ nullable: true, type: 'integer' })
  @ValidateIf((_, value) => value !== null)
  @IsInt()
  xid: number | null;
}

export class HeartbeatDto {
  @ApiProperty({ type: [TaskBeatDto] })
  @IsArray()
  @ArrayMaxSize(TASKS_MAX)
  @ValidateNested({ each: true })
  @Type(() => TaskBeatDto)
  tasks: TaskBeatDto[];
  @ApiProperty({ type: GpuStatusDto })
  @IsObject()
  @ValidateNested()
  @Type(() => GpuStatusDto)
  gpu: GpuStatusDto;
  @ApiProperty({ type: [String] })
  @IsArray()
  @ArrayMaxSize(DIGESTS_MAX)
  @IsString({ each: true })
  @MaxLength(100, { each: true })
  loaded: string[];
  @ApiProperty({ type: [String] })
  @IsArray()
  @ArrayMaxSize(DIGESTS_MAX)
  @IsString({ each: true })
  @MaxLength(100, { each: true })
  cached: string[];
}

export class TaskOutputDto extends UploadWishDto {
  @ApiProperty()
  @IsString()
  @MaxLength(512)
  key: string;
  @ApiProperty({ nullable: true, type: 'integer' })
  @ValidateIf((_, value) => value !== null)
  @IsInt()
  @Min(1)
  @Max(PIXELS_MAX)
  width: number | null;
  @ApiProperty({ nullable: true, type: 'integer' })
  @ValidateIf((_, value) => value !== null)
  @IsInt()
  @Min(1)
  @Max(PIXELS_MAX)
  height: number | null;
  @ApiProperty({ type: 'object', additionalProperties: true })
  @IsObject()
  metadata: Record<string, unknown>;
}

export class TaskFaultDto {
  @ApiProperty({ enum: ['input', 'task', 'box'] })
  @IsIn(['input', 'task', 'box'])
  class: TaskErrorClass;
  @ApiProperty()
  @Matches(/^[a-z][a-z0-9_]{0,59}$/, { message: 'code must be snake_case' })
  code: string;
  @ApiProperty()
  @IsString()
  @MaxLength(2000)
  message: string;
}

export class CompleteDto extends HeldTaskDto {
  @ApiProperty({ enum: ['done', 'failed', 'stopped'] })
  @IsIn(['done', 'failed', 'stopped'])
  outcome: 'done' | 'failed' | 'stopped';
  @ApiProperty({ type: [TaskOutputDto] })
  @IsArray()
  @ArrayMaxSize(16)
  @ValidateNested({ each: true })
  @Type(() => TaskOutputDto)
  outputs: TaskOutputDto[];
  @ApiPropertyOptional({ type: TaskFaultDto })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => TaskFaultDto)
  error?: TaskFaultDto;
  @ApiProperty({ type: 'integer' })
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  stepsDone: number;
  @ApiProperty({ type: 'integer' })
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  stepsTotal: number;
  @ApiProperty()
  @IsBoolean()
  simulated: boolean;
}

export class ReleaseDto {
  @ApiProperty({ enum: ['spot_notice', 'sigterm', 'drain'] })
  @IsIn(['spot_notice', 'sigterm', 'drain'])
  reason: 'spot_notice' | 'sigterm' | 'drain';
  @ApiProperty({ type: [HeldTaskDto] })
  @IsArray()
  @ArrayMaxSize(TASKS_MAX)
  @ValidateNested({ each: true })
  @Type(() => HeldTaskDto)
  tasks: HeldTaskDto[];
  @ApiProperty()
  @IsBoolean()
  final: boolean;
}
