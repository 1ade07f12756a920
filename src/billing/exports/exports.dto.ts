import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { WhenField, ZoneField } from '../usage/index.js';
import { FORMATS, PERIODS, type ExportFormat, type ExportPeriod } from './format.js';

export class ExportBody {
  @ApiProperty({ enum: FORMATS, description: 'csv, jsonl, parquet: one row per job. focus: one row per charge, FOCUS 1.2 as CSV.' })
  @IsIn(FORMATS)
  format!: ExportFormat;
  @ApiProperty({ example: '2026-11-01', description: 'Inclusive: a calendar date (2026-11-01) or an instant with its zone.' })
  @IsString()
  @MaxLength(40)
  @WhenField()
  from!: string;
  @ApiProperty({ example: '2026-11-30', description: 'A calendar date is included whole; an instant is excluded.' })
  @IsString()
  @MaxLength(40)
  @WhenField()
  to!: string;
  @ApiPropertyOptional({ example: 'Europe/Berlin', description: "IANA name; decides where days begin. Default: the tenant's zone." })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  @ZoneField()
  timeZone?: string;
}

export class ControlTotalsResponse {
  @ApiProperty({ type: 'integer' }) rows!: number;
  @ApiProperty({ example: '1250.5', description: 'Credits charged; those of the usage report of the same range.' }) credits!: string;
  @ApiPropertyOptional({ description: 'Millionths of a dollar; only in files of those who may read costs.' }) costMicros?: string;
  @ApiPropertyOptional({ description: 'FOCUS: sum of BilledCost.' }) billedMicros?: string;
  @ApiPropertyOptional({ description: 'FOCUS: sum of EffectiveCost.' }) effectiveMicros?: string;
}

export class ExportResponse {
  @ApiProperty({ example: 'exp_01jd2v9q4xe8k9m2c3b4a5d6e7' }) id!: string;
  @ApiProperty({ type: String, nullable: true, description: 'The schedule that asked for it.' }) scheduleId!: string | null;
  @ApiProperty({ enum: FORMATS }) format!: ExportFormat;
  @ApiProperty({ format: 'date-time', description: 'Inclusive.' }) from!: string;
  @ApiProperty({ format: 'date-time', description: 'Exclusive.' }) to!: string;
  @ApiProperty() timeZone!: string;
  @ApiProperty({ enum: ['queued', 'running', 'ready', 'failed', 'expired'] }) status!: 'queued' | 'running' | 'ready' | 'failed' | 'expired';
  @ApiProperty({ example: 0.42, description: '0 to 1.' }) progress!: number;
  @ApiProperty({ type: 'integer', description: 'Written so far.' }) rows!: number;
  @ApiProperty({ type: ControlTotalsResponse, nullable: true, description: 'Of the finished file; also in its sidecar.' })
  totals!: ControlTotalsResponse | null;
  @ApiProperty({ type: 'integer', nullable: true }) bytes!: number | null;
  @ApiProperty({ type: String, nullable: true, description: 'Of the file, 64 hexadecimal digits.' }) sha256!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Where to download the file, for a quarter of an hour; ask again for another address.' }) url!:
    string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The file with totals and checksum that lies beside it.' }) sidecarUrl!: string | null;
  @ApiProperty({ type: String, nullable: true }) error!: string | null;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, nullable: true, format: 'date-time' }) finishedAt!: string | null;
  @ApiProperty({ type: String, nullable: true, format: 'date-time', description: 'The file is removed then.' }) expiresAt!: string | null;
}

export class ExportsPage {
  @ApiProperty({ type: [ExportResponse], description: 'Newest first.' }) data!: ExportResponse[];
  @ApiProperty() hasMore!: boolean;
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class ScheduleBody {
  @ApiProperty({ enum: FORMATS })
  @IsIn(FORMATS)
  format!: ExportFormat;
  @ApiProperty({ enum: PERIODS, description: 'Each day, ISO week or month of the zone, a few minutes after it is over.' })
  @IsIn(PERIODS)
  every!: ExportPeriod;
  @ApiPropertyOptional({ example: 'Europe/Berlin', description: "Default: the tenant's zone." })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  @ZoneField()
  timeZone?: string;
}

export class ScheduleResponse {
  @ApiProperty({ example: 'sch_01jd2v9q4xe8k9m2c3b4a5d6e7' }) id!: string;
  @ApiProperty({ enum: FORMATS }) format!: ExportFormat;
  @ApiProperty({ enum: PERIODS }) every!: ExportPeriod;
  @ApiProperty() timeZone!: string;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
  @ApiProperty({ format: 'date-time', description: 'The end of the period whose file comes next.' }) nextAt!: string;
}

export class SchedulesResponse {
  @ApiProperty({ type: [ScheduleResponse] }) data!: ScheduleResponse[];
}
