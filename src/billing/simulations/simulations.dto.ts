import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsISO8601, IsNotEmptyObject, IsOptional, IsString, Length, Matches, ValidateNested } from 'class-validator';
import { ImagePriceDto, UnitPricesDto } from '../pricing/index.js';
import type { SimulationState } from './simulation.js';

const ZONED = /(Z|[+-]\d\d:\d\d)$/;
const zoned = { message: '$property must name its zone, as in "2026-11-01T00:00:00Z"' };

export class NewSimulationBody {
  @ApiProperty({ format: 'date-time', description: 'Inclusive: jobs that ended from here on.' })
  @IsISO8601({ strict: true })
  @Matches(ZONED, zoned)
  from!: string;
  @ApiProperty({ format: 'date-time', description: 'Exclusive; not in the future.' })
  @IsISO8601({ strict: true })
  @Matches(ZONED, zoned)
  to!: string;
  @ApiProperty({ maxLength: 500, description: 'What the draft is about; becomes the note of the list when it is scheduled.' })
  @IsString()
  @Length(1, 500)
  note!: string;
  @ApiProperty({ type: ImagePriceDto })
  @IsNotEmptyObject()
  @ValidateNested()
  @Type(() => ImagePriceDto)
  image!: ImagePriceDto;
  @ApiProperty({ type: UnitPricesDto })
  @IsNotEmptyObject()
  @ValidateNested()
  @Type(() => UnitPricesDto)
  units!: UnitPricesDto;
}

export class ScheduleSimulationBody {
  @ApiPropertyOptional({ format: 'date-time', description: 'When the draft becomes the price list; not in the past. Default: now.' })
  @IsOptional()
  @IsISO8601({ strict: true })
  @Matches(ZONED, zoned)
  effectiveFrom?: string;
}

export class SimulatedFigures {
  @ApiProperty({ example: '1200.5', description: 'Charged.' }) credits!: string;
  @ApiProperty({ example: '24010000', description: 'Millionths of a dollar at the list value of a credit, $0.02.' }) revenueMicros!: string;
  @ApiProperty({ example: '20010000', description: 'Revenue less what the jobs cost the house, wasted attempts included.' }) marginMicros!: string;
}

export class SimulatedTenant {
  @ApiProperty() tenantId!: string;
  @ApiProperty() name!: string;
  @ApiProperty({ type: 'integer' }) jobs!: number;
  @ApiProperty({ example: '100', description: 'Credits paid.' }) before!: string;
  @ApiProperty({ example: '120', description: 'Credits by the draft.' }) after!: string;
}

export class SimulationResponse {
  @ApiProperty() id!: string;
  @ApiProperty({ enum: ['running', 'done'] }) state!: SimulationState;
  @ApiProperty({ description: 'From 0 to 1.' }) progress!: number;
  @ApiProperty({ format: 'date-time' }) from!: string;
  @ApiProperty({ format: 'date-time' }) to!: string;
  @ApiProperty() note!: string;
  @ApiProperty({ type: 'integer', description: 'Charged jobs counted so far.' }) jobs!: number;
  @ApiProperty({ type: 'integer', description: 'Of these, jobs that the draft cannot price; they keep their charge.' }) unpriced!: number;
  @ApiProperty({ type: SimulatedFigures, description: 'As it was.' }) before!: SimulatedFigures;
  @ApiProperty({ type: SimulatedFigures, description: 'By the draft.' }) after!: SimulatedFigures;
  @ApiProperty({ example: '4000000' }) costMicros!: string;
  @ApiProperty({ type: [SimulatedTenant], description: 'The 20 who would have saved most.' }) winners!: SimulatedTenant[];
  @ApiProperty({ type: [SimulatedTenant], description: 'The 20 who would have paid most in addition.' }) losers!: SimulatedTenant[];
  @ApiProperty({ type: ImagePriceDto }) image!: ImagePriceDto;
  @ApiProperty({ type: UnitPricesDto }) units!: UnitPricesDto;
  @ApiProperty({ type: 'integer', nullable: true, description: 'The price list that was made of it.' }) scheduledVersion!: number | null;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) finishedAt!: string | null;
}

export class SimulationPage {
  @ApiProperty({ type: [SimulationResponse], description: 'Newest first.' }) data!: SimulationResponse[];
  @ApiProperty() hasMore!: boolean;
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}
