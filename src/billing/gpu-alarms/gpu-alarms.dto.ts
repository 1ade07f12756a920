import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsIn, IsInt, IsOptional, IsString, Length, Matches, Max, MaxLength, Min } from 'class-validator';
import { GPU_ALARM_PERIODS, GPU_ALARM_SCOPES, type GpuAlarmPeriod, type GpuAlarmScope } from './gpu-alarm.js';

const THRESHOLDS_DEFAULT: readonly number[] = [50, 80, 100];

export class NewGpuAlarmBody {
  @ApiProperty({ minLength: 1, maxLength: 80 })
  @IsString()
  @Matches(/^(?=.*\S)\P{Cc}+$/u, { message: '$property must be one line with at least one visible character' })
  @Length(1, 80)
  name!: string;
  @ApiProperty({ enum: GPU_ALARM_SCOPES, description: 'Whose hours: of all machines, of a pool, or of a tenant.' })
  @IsIn(GPU_ALARM_SCOPES)
  scope!: GpuAlarmScope;
  @ApiPropertyOptional({ example: 'pool_01jd2v9q4xe8k9m2c3b4a5d6e7', description: 'The pool or tenant; not for scope `house`.' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  subjectId?: string;
  @ApiProperty({ enum: GPU_ALARM_PERIODS, description: 'Calendar days, ISO weeks or months in UTC.' })
  @IsIn(GPU_ALARM_PERIODS)
  period!: GpuAlarmPeriod;
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 1_000_000, description: 'Hours of load and work in a period, by the share of the box.' })
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  hours!: number;
  @ApiPropertyOptional({ type: [Number], default: THRESHOLDS_DEFAULT, description: 'Per cent of the hours at which to tell, 1 to 1000.' })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(10)
  @ArrayUnique()
  @IsInt({ each: true })
  @Min(1, { each: true })
  @Max(1000, { each: true })
  thresholds: number[] = [...THRESHOLDS_DEFAULT];
}

export class GpuAlarmResponse {
  @ApiProperty({ example: 'gal_01jd2v9q4xe8k9m2c3b4a5d6e7' }) id!: string;
  @ApiProperty() name!: string;
  @ApiProperty({ enum: GPU_ALARM_SCOPES }) scope!: GpuAlarmScope;
  @ApiProperty({ type: String, nullable: true }) subjectId!: string | null;
  @ApiProperty({ enum: GPU_ALARM_PERIODS }) period!: GpuAlarmPeriod;
  @ApiProperty({ type: 'integer' }) hours!: number;
  @ApiProperty({ type: [Number] }) thresholds!: number[];
  @ApiProperty({ example: '12.5', description: 'Hours in the running period.' }) worked!: string;
  @ApiProperty({ type: [Number], description: 'Thresholds that operators were told of in the running period.' }) told!: number[];
  @ApiProperty({ format: 'date-time' }) startsAt!: string;
  @ApiProperty({ format: 'date-time' }) endsAt!: string;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
}

export class GpuAlarmList {
  @ApiProperty({ type: [GpuAlarmResponse], description: 'All of them, newest first.' }) data!: GpuAlarmResponse[];
}
