import { GPU_CLASSES, type CapacityType, type GpuClass } from '@atelier/contracts';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { typeId } from '../../platform/ids/index.js';
import { PROVIDERS, type Pool } from './pool.js';

const CAPACITIES = ['on_demand', 'spot'] as const;

export class PoolDto {
  @ApiProperty({ example: 'pool_01k9…' })
  id: string;
  @ApiProperty({ example: 'local' })
  name: string;
  @ApiProperty({ enum: [...PROVIDERS, 'external'] })
  provider: string;
  @ApiProperty({ enum: GPU_CLASSES })
  class: string;
  @ApiProperty({ enum: CAPACITIES })
  capacity: string;
  @ApiProperty({ type: 'integer', description: 'Boxes kept running.' })
  min: number;
  @ApiProperty({ type: 'integer', description: 'Boxes that may run at once, those started by hand included.' })
  max: number;
  @ApiProperty({ type: 'integer', description: 'Tasks a box may run at once.' })
  slotsPerBox: number;
  @ApiProperty({ type: 'integer', description: 'Slots of the boxes that take work now.' })
  liveSlots: number;
  @ApiProperty()
  paused: boolean;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
}

export class PoolListDto {
  @ApiProperty({ type: [PoolDto] })
  data: PoolDto[];
}

export class CreatePoolDto {
  @ApiProperty({ pattern: '^[a-z][a-z0-9-]{0,39}$', example: 'workshop' })
  @Matches(/^[a-z][a-z0-9-]{0,39}$/, { message: 'name must begin with a small letter and hold at most 40 of a-z, 0-9 and -' })
  name: string;
  @ApiPropertyOptional({ enum: ['local'], default: 'local', description: 'Boxes run as child processes of this program.' })
  @IsOptional()
  @IsIn(['local'])
  provider?: 'local';
  @ApiProperty({ enum: GPU_CLASSES })
  @IsIn(GPU_CLASSES)
  class: GpuClass;
  @ApiPropertyOptional({ enum: CAPACITIES, default: 'on_demand' })
  @IsOptional()
  @IsIn(CAPACITIES)
  capacity?: CapacityType;
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 1000, default: 0 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1000)
  min?: number;
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 1000, default: 1 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1000)
  max?: number;
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 64, default: 1 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(64)
  slotsPerBox?: number;
}

export class UpdatePoolDto {
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 1000 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1000)
  min?: number;
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 1000 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1000)
  max?: number;
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 64, description: 'Counts for boxes that register from now on.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(64)
  slotsPerBox?: number;
  @ApiPropertyOptional()
  @IsOptional()
  @IsBoolean()
  paused?: boolean;
}

export class PoolSecretDto {
  @ApiProperty({ description: 'Shown once. Boxes of this pool register with it; secrets given out before hold for one more hour.' })
  bootstrapSecret: string;
  @ApiProperty({ format: 'date-time' })
  expiresAt: string;
}

export const toPoolDto = (pool: Pool): PoolDto => ({
  id: typeId('pool', pool.id),
  name: pool.name,
  provider: pool.provider,
  class: pool.gpuClass,
  capacity: pool.capacity,
  min: pool.minBoxes,
  max: pool.maxBoxes,
  slotsPerBox: pool.slotsPerBox,
  liveSlots: pool.liveSlots,
  paused: pool.paused,
  createdAt: pool.createdAt.toISOString(),
});
