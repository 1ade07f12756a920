import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, Matches, Max, Min } from 'class-validator';
import { CREDITS_PATTERN } from '../plans/index.js';
import { PACK_IDS, type PackId } from './packs.js';
import { COOL_DOWN_MAX_MINUTES } from './top-up.js';

export class TopUpBody {
  @ApiProperty()
  @IsBoolean()
  enabled!: boolean;
  @ApiProperty({ example: '100', description: 'Buy when fewer credits than these are left to spend.' })
  @Matches(CREDITS_PATTERN, { message: 'threshold must be a decimal string with at most three decimals, such as "100"' })
  threshold!: string;
  @ApiProperty({ enum: PACK_IDS })
  @IsIn(PACK_IDS)
  pack!: PackId;
  @ApiProperty({ example: '50000000', description: 'Millionths of a dollar, before tax, for all top-ups of any 24 hours. At least the price of the pack.' })
  @Matches(/^\d{1,15}$/, { message: 'dayMaxMicros must be a whole number of millionths of a dollar, written as a string' })
  dayMaxMicros!: string;
  @ApiProperty({ type: 'integer', minimum: 1, maximum: COOL_DOWN_MAX_MINUTES, description: 'From one top-up to the next.' })
  @IsInt()
  @Min(1)
  @Max(COOL_DOWN_MAX_MINUTES)
  coolDownMinutes!: number;
}

export class TopUpResponse {
  @ApiProperty() enabled!: boolean;
  @ApiProperty({ example: '100' }) threshold!: string;
  @ApiProperty({ enum: PACK_IDS }) pack!: string;
  @ApiProperty({ example: '50000000' }) dayMaxMicros!: string;
  @ApiProperty({ type: 'integer' }) coolDownMinutes!: number;
  @ApiProperty({ type: 'integer', description: 'Declines in a row. After the third it switches itself off.' }) declines!: number;
  @ApiProperty({ type: String, nullable: true, format: 'date-time', description: 'After a decline it waits until then.' }) notBefore!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Why it switched itself off; null: it did not.' }) stoppedBecause!: string | null;
}
