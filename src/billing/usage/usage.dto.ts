import { GPU_CLASSES, type CapacityType, type GpuClass } from '@atelier/contracts';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsISO8601, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { PageQuery } from '../../platform/http/index.js';
import { WhenField, ZoneField } from './range-fields.js';
import { GROUPINGS } from './range.js';

export const CAPACITY_TYPES = ['on_demand', 'spot'] as const satisfies readonly CapacityType[];

const INSTANT_OR_DATE = 'a calendar date (2026-11-30) or an instant with its zone (2026-11-30T12:00:00Z)';

export class UsageQuery extends PageQuery {
  @ApiPropertyOptional({ example: '2026-11-01', description: `Inclusive: ${INSTANT_OR_DATE}. Default: 29 days before \`to\`.` })
  @IsOptional()
  @IsString()
  @MaxLength(40)
  @WhenField()
  from?: string;
  @ApiPropertyOptional({ example: '2026-11-30', description: `A calendar date is included whole; an instant is excluded. Default: today in the zone.` })
  @IsOptional()
  @IsString()
  @MaxLength(40)
  @WhenField()
  to?: string;
  @ApiPropertyOptional({
    example: 'team,day',
    default: 'day',
    description: `One of ${GROUPINGS.join(', ')}, or two of them joined by a comma (job only by itself).`,
  })
  @IsOptional()
  @Matches(new RegExp(`^(${GROUPINGS.join('|')})(,(${GROUPINGS.join('|')}))?$`), {
    message: `groupBy must be one of ${GROUPINGS.join(', ')}, or two of them joined by a comma`,
  })
  groupBy?: string;
  @ApiPropertyOptional({ example: 'Europe/Berlin', description: "IANA name; decides where days begin. Default: the tenant's zone." })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  @ZoneField()
  timeZone?: string;

  @ApiPropertyOptional({ description: 'Only this operation.' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  operation?: string;
  @ApiPropertyOptional({ description: 'Only this model; `none`: without one.' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  model?: string;
  @ApiPropertyOptional({ description: 'Only this team (its id); `none`: without one.' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  team?: string;
  @ApiPropertyOptional({ description: 'Only this person (their id). Members always see only their own.' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  user?: string;
  @ApiPropertyOptional({ description: 'Only this API key (its id); `none`: without one.' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  key?: string;
  @ApiPropertyOptional({ description: 'Only this class of box; `none`: what did not run.' })
  @IsOptional()
  @IsString()
  @MaxLength(20)
  class?: string;
}

export class UsageName {
  @ApiProperty() key!: string;
  @ApiProperty() label!: string;
}

export class UsageFigures {
  @ApiProperty({ type: 'integer', description: 'Jobs that ended.' }) jobs!: number;
  @ApiProperty({ example: '12.5', description: 'Credits charged for them.' }) credits!: string;
  @ApiProperty({ description: 'Box seconds of load and work, by share of the box, of the attempts that ended; to the microsecond.' }) gpuSeconds!: number;
  @ApiPropertyOptional({ example: '194', description: 'Millionths of a dollar; only for those who may read costs.' }) costMicros?: string;
}

export class UsageRow extends UsageFigures {
  @ApiProperty({
    example: '2026-11-30',
    description: 'Date, hour (instant of its begin), id of the job, team, user or key, or name of the operation, model or class; `none`.',
  })
  key!: string;
  @ApiProperty({ example: '30 Nov 2026' }) label!: string;
  @ApiPropertyOptional({ type: UsageName, description: 'Of the second grouping.' }) then?: UsageName;
}

export class UsageResponse {
  @ApiProperty({ type: [UsageRow], description: 'Days and hours in order and without gaps; jobs newest first; the rest by credits.' }) data!: UsageRow[];
  @ApiProperty({ type: UsageFigures, description: 'Of the whole range; the sum of all rows of all pages.' }) totals!: UsageFigures;
  @ApiProperty({ example: 'day' }) groupBy!: string;
  @ApiProperty() timeZone!: string;
  @ApiProperty({ format: 'date-time', description: 'Inclusive.' }) from!: string;
  @ApiProperty({ format: 'date-time', description: 'Exclusive.' }) to!: string;
  @ApiProperty() hasMore!: boolean;
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class RateCardResponse {
  @ApiProperty({ type: 'integer', description: 'Every cost stores the version it was computed with.' }) version!: number;
  @ApiProperty({ enum: GPU_CLASSES }) gpuClass!: GpuClass;
  @ApiProperty({ enum: CAPACITY_TYPES }) capacity!: CapacityType;
  @ApiProperty({ example: '1000000', description: 'Millionths of a dollar per hour of a whole box.' }) usdMicrosPerHour!: string;
  @ApiProperty({ format: 'date-time' }) effectiveFrom!: string;
}

export class RateCardsResponse {
  @ApiProperty({ type: [RateCardResponse], description: 'By class and capacity, newest first.' }) data!: RateCardResponse[];
}

export class NewRateCardBody {
  @ApiProperty({ enum: GPU_CLASSES })
  @IsIn(GPU_CLASSES)
  gpuClass!: GpuClass;
  @ApiProperty({ enum: CAPACITY_TYPES })
  @IsIn(CAPACITY_TYPES)
  capacity!: CapacityType;
  @ApiProperty({ example: '1000000' })
  @Matches(/^\d{1,12}$/, { message: 'usdMicrosPerHour must be a whole number of millionths of a dollar, written as a string' })
  usdMicrosPerHour!: string;
  @ApiPropertyOptional({ format: 'date-time', description: 'Not in the past. Default: now.' })
  @IsOptional()
  @IsISO8601({ strict: true })
  effectiveFrom?: string;
}
