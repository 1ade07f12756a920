import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsISO8601, IsOptional, IsString, Length, Matches } from 'class-validator';
import { IsTypeId } from '../../platform/http/index.js';
import { CREDITS_PATTERN } from '../plans/index.js';
import { CHARGE_CATEGORIES, type ChargeCategory } from './charge.js';

const MICROS = /^-?\d{1,15}$/;

export class ChargeBody {
  @ApiProperty({ enum: CHARGE_CATEGORIES })
  @IsIn(CHARGE_CATEGORIES)
  category!: ChargeCategory;
  @ApiProperty({ example: '160000000', description: 'Millionths of a dollar. Below zero for credits, adjustments and corrections only.' })
  @Matches(MICROS, { message: 'amountMicros must be a whole number of millionths of a dollar, written as a string' })
  amountMicros!: string;
  @ApiPropertyOptional({ example: '200000000', description: 'Of a purchase: what it costs everybody. Default: the amount.' })
  @IsOptional()
  @Matches(/^\d{1,15}$/, { message: 'listMicros must be a whole number of millionths of a dollar, written as a string' })
  listMicros?: string;
  @ApiPropertyOptional({ example: '10000', description: 'Credits it is about. With grantId: those of the grant.' })
  @IsOptional()
  @Matches(CREDITS_PATTERN, { message: 'credits must be a decimal string with at most three decimals, such as "100"' })
  credits?: string;
  @ApiPropertyOptional({ example: 'grt_01jd2v9q4xe8k9m2c3b4a5d6e7', description: 'The grant of credits that was bought.' })
  @IsOptional()
  @IsTypeId('grt')
  grantId?: string;
  @ApiProperty({ maxLength: 500 })
  @IsString()
  @Length(1, 500)
  description!: string;
  @ApiPropertyOptional({ example: 'INV-2026-118' })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  invoiceId?: string;
  @ApiPropertyOptional({ format: 'date-time', description: 'Default: now.' })
  @IsOptional()
  @IsISO8601({ strict: true })
  periodStart?: string;
  @ApiPropertyOptional({ format: 'date-time', description: 'Exclusive. Default: a day later.' })
  @IsOptional()
  @IsISO8601({ strict: true })
  periodEnd?: string;
  @ApiPropertyOptional({ default: false, description: 'It comes again each period.' })
  @IsOptional()
  @IsBoolean()
  recurring?: boolean;
  @ApiPropertyOptional({ default: false, description: 'It corrects a month that was invoiced before.' })
  @IsOptional()
  @IsBoolean()
  correction?: boolean;
}

export class ChargeResponse {
  @ApiProperty({ example: 'chg_01jd2v9q4xe8k9m2c3b4a5d6e7' }) id!: string;
  @ApiProperty({ enum: CHARGE_CATEGORIES }) category!: ChargeCategory;
  @ApiProperty({ example: '160000000' }) amountMicros!: string;
  @ApiProperty({ type: String, nullable: true }) credits!: string | null;
  @ApiProperty({ type: String, nullable: true }) grantId!: string | null;
  @ApiProperty() description!: string;
  @ApiProperty({ type: String, nullable: true }) invoiceId!: string | null;
  @ApiProperty({ format: 'date-time' }) periodStart!: string;
  @ApiProperty({ format: 'date-time' }) periodEnd!: string;
  @ApiProperty() correction!: boolean;
}
