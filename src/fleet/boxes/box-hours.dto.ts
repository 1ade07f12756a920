import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { BOX_HOUR_GROUPINGS, type BoxHourGrouping } from './box-hours.js';
import { BoxSecondsDto } from './boxes.dto.js';

export class BoxHoursQuery {
  @ApiPropertyOptional({ example: '2026-11-01', description: 'Inclusive, a calendar date in UTC or an instant with its zone. Default: 29 days before `to`.' })
  @IsOptional()
  @IsString()
  @MaxLength(40)
  from?: string;
  @ApiPropertyOptional({ example: '2026-11-30', description: 'A calendar date is included whole; an instant is excluded. Default: today.' })
  @IsOptional()
  @IsString()
  @MaxLength(40)
  to?: string;
  @ApiPropertyOptional({ enum: BOX_HOUR_GROUPINGS, default: 'day', description: '`day` of UTC, `pool`, or `class` with its capacity.' })
  @IsOptional()
  @IsIn(BOX_HOUR_GROUPINGS)
  groupBy?: BoxHourGrouping;
}

export class BoxCostDto {
  @ApiProperty({ example: '1200000', description: 'Millionths of a dollar by the rate card in effect at each second.' }) work!: string;
  @ApiProperty({ example: '40000' }) load!: string;
  @ApiProperty({ example: '9000' }) boot!: string;
  @ApiProperty({ example: '310000' }) idle!: string;
  @ApiProperty({ example: '0' }) drain!: string;
  @ApiProperty({ example: '0' }) wasted!: string;
  @ApiProperty({ example: '1559000', description: 'The sum of the six.' }) total!: string;
}

export class BoxHoursFigures {
  @ApiProperty({ type: BoxSecondsDto, description: 'Box time by class; the six add up to `lifetime` within 1 %.' }) seconds!: BoxSecondsDto;
  @ApiProperty({ type: BoxCostDto }) costMicros!: BoxCostDto;
}

export class BoxHoursRow extends BoxHoursFigures {
  @ApiProperty({ description: 'The day, the id of the pool, or class and capacity as "A10G/spot".' }) key!: string;
  @ApiProperty() label!: string;
}

export class BoxHoursResponse {
  @ApiProperty({ type: [BoxHoursRow], description: 'Every day of the range in its order; pools and classes by cost, the largest first.' }) data!: BoxHoursRow[];
  @ApiProperty({ type: BoxHoursFigures }) totals!: BoxHoursFigures;
  @ApiProperty({ type: 'integer', description: 'Boxes that lived in the range.' }) boxes!: number;
  @ApiProperty({ enum: BOX_HOUR_GROUPINGS }) groupBy!: BoxHourGrouping;
  @ApiProperty({ format: 'date-time', description: 'Inclusive.' }) from!: string;
  @ApiProperty({ format: 'date-time', description: 'Exclusive.' }) to!: string;
}
