import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

export const MARGIN_GROUPINGS = ['tenant', 'model', 'operation', 'class', 'job'] as const;
export type MarginGrouping = (typeof MARGIN_GROUPINGS)[number];

export class MarginsQuery {
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
  @ApiPropertyOptional({ enum: MARGIN_GROUPINGS, default: 'tenant' })
  @IsOptional()
  @IsIn(MARGIN_GROUPINGS)
  groupBy?: MarginGrouping;
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 100, default: 100, description: 'How many rows; the totals count all.' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 100;
}

export class MarginFigures {
  @ApiProperty({ type: 'integer', description: 'Jobs that ended.' }) jobs!: number;
  @ApiProperty({ example: '12.5', description: 'Credits charged for them.' }) credits!: string;
  @ApiProperty({ example: '250000', description: 'Millionths of a dollar at the list value of a credit, $0.02.' }) revenueMicros!: string;
  @ApiProperty({ example: '1940', description: 'Work of the attempts that ended, external calls included.' }) costMicros!: string;
  @ApiProperty({ example: '0', description: 'Of the cost, calls of external services.' }) externalMicros!: string;
  @ApiProperty({ example: '120', description: 'Lost and wasted attempts: beside the cost, never charged to anybody.' }) absorbedMicros!: string;
  @ApiProperty({ example: '247940', description: 'Revenue less cost less what was absorbed; may be negative.' }) marginMicros!: string;
  @ApiProperty({
    example: '800',
    description: 'Its part of the time in which boxes booted, idled, drained or fell silent: by the share of its load and work in the pool and day (UTC).',
  })
  overheadMicros!: string;
  @ApiProperty({ example: '247140', description: 'The margin less that part.' }) fullMarginMicros!: string;
}

export class MarginRow extends MarginFigures {
  @ApiProperty({ description: 'Id of the tenant or job, or name of the model, operation or class; "none" for none.' }) key!: string;
  @ApiProperty() label!: string;
}

export class MarginsResponse {
  @ApiProperty({ type: [MarginRow], description: 'By revenue, then by cost, the largest first.' }) data!: MarginRow[];
  @ApiProperty({ type: MarginFigures, description: 'Of the whole range, also of rows that are not shown.' }) totals!: MarginFigures;
  @ApiProperty({ example: '300', description: 'Of pools and days in which nothing worked: nobody’s part.' }) unattributedMicros!: string;
  @ApiProperty({ enum: MARGIN_GROUPINGS }) groupBy!: MarginGrouping;
  @ApiProperty({ type: 'integer', description: 'Rows that are not shown.' }) omitted!: number;
  @ApiProperty({ format: 'date-time', description: 'Inclusive.' }) from!: string;
  @ApiProperty({ format: 'date-time', description: 'Exclusive.' }) to!: string;
}
