import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { PlanVersionResponse } from '../plans/index.js';
import { PACK_IDS, type PackId } from './packs.js';

const PURCHASE_STATES = ['open', 'paid', 'failed', 'expired'] as const;

export class PackResponse {
  @ApiProperty({ enum: PACK_IDS }) id!: string;
  @ApiProperty({ example: '500' }) credits!: string;
  @ApiProperty({ example: '10000000', description: 'Millionths of a dollar, before tax.' }) priceMicros!: string;
}

export class OfferedPlanResponse extends PlanVersionResponse {
  @ApiProperty({ type: 'integer', nullable: true, description: 'In the price. null: no limit.' }) seats!: number | null;
}

export class OffersResponse {
  @ApiProperty({ description: 'False: payments are not set up here, and operators grant credits and plans.' }) billing!: boolean;
  @ApiProperty({ description: 'Whether a subscription to Pro would begin with 14 days for nothing.' }) trial!: boolean;
  @ApiProperty({ type: [OfferedPlanResponse] }) plans!: OfferedPlanResponse[];
  @ApiProperty({ type: [PackResponse] }) packs!: PackResponse[];
}

export class PurchaseBody {
  @ApiProperty({ enum: PACK_IDS, description: '500, 2,000 or 10,000 credits; they expire after twelve months.' })
  @IsIn(PACK_IDS)
  pack!: PackId;
}

export class PurchaseResponse {
  @ApiProperty({ example: 'pur_01jd2v9q4xe8k9m2c3b4a5d6e7' }) id!: string;
  @ApiProperty({ enum: ['checkout', 'top_up'] }) source!: string;
  @ApiProperty({ example: '500' }) credits!: string;
  @ApiProperty({ example: '10000000' }) priceMicros!: string;
  @ApiProperty({ enum: PURCHASE_STATES }) state!: string;
  @ApiProperty({ type: String, nullable: true, example: 'grt_01jd2v9q4xe8k9m2c3b4a5d6e7' }) grantId!: string | null;
  @ApiProperty({ example: '0', description: 'Credits that went back with the money.' }) returned!: string;
  @ApiProperty({ example: '0', description: 'Of these, what had been spent before: it is owed.' }) receivable!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Why it was not paid.' }) failure!: string | null;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
}

export class StartedPurchaseResponse extends PurchaseResponse {
  @ApiProperty({ format: 'uri', description: 'The page to pay on.' }) url!: string;
}

export class PurchasePage {
  @ApiProperty({ type: [PurchaseResponse], description: 'Newest first.' }) data!: PurchaseResponse[];
  @ApiProperty() hasMore!: boolean;
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class SubscribeBody {
  @ApiProperty({ example: 'pro', description: '`free` ends the subscription with its period.' })
  @IsString()
  @Length(1, 40)
  plan!: string;
  @ApiPropertyOptional({ type: 'integer', minimum: 1, description: 'All seats, those in the price of the plan included. Default: these.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10_000)
  seats?: number;
}

export class SubscribeResponse {
  @ApiProperty({ enum: ['checkout', 'changed', 'scheduled'], description: 'Go to `url` to pay; it is so; it will be so at `effectiveAt`.' }) status!: string;
  @ApiProperty({ type: String, nullable: true, format: 'uri' }) url!: string | null;
  @ApiProperty({ type: String, nullable: true, format: 'date-time' }) effectiveAt!: string | null;
}

export class PreviewLineResponse {
  @ApiProperty({ example: 'Remaining time on Pro after 28 Nov 2026' }) description!: string;
  @ApiProperty({ example: '30000000', description: 'Millionths of a dollar, before tax. Below zero: what is given back.' }) amountMicros!: string;
}

export class PreviewAmountResponse {
  @ApiProperty({ example: '30000000', description: 'With tax. Below zero: it is credited to the next invoices.' }) totalMicros!: string;
  @ApiProperty({ example: '0' }) taxMicros!: string;
  @ApiProperty({ type: [PreviewLineResponse] }) lines!: PreviewLineResponse[];
}

export class PreviewMonthResponse {
  @ApiProperty({ format: 'date-time', description: 'When it is charged first.' }) at!: string;
  @ApiProperty({ example: '49000000', description: 'Each month, before tax.' }) totalMicros!: string;
}

export class SubscribePreviewResponse {
  @ApiProperty({ enum: ['checkout', 'changed', 'scheduled'], description: 'What subscribing would answer.' }) status!: string;
  @ApiProperty({ type: String, nullable: true, format: 'date-time', description: 'When the change begins; null: at once.' }) effectiveAt!: string | null;
  @ApiProperty() dueNow!: PreviewAmountResponse;
  @ApiProperty({ type: PreviewMonthResponse, nullable: true, description: 'null: nothing more is charged.' }) then!: PreviewMonthResponse | null;
}

export class NextPlanResponse {
  @ApiProperty({ example: 'standard' }) plan!: string;
  @ApiProperty({ type: 'integer', description: 'Beside those of the plan.' }) seatsExtra!: number;
}

export class SubscriptionResponse {
  @ApiProperty({ example: 'active', description: 'As the payment service calls it.' }) status!: string;
  @ApiProperty({ example: 'pro' }) plan!: string;
  @ApiProperty({ type: 'integer' }) version!: number;
  @ApiProperty({ type: 'integer', description: 'Beside those of the plan.' }) seatsExtra!: number;
  @ApiProperty({ format: 'date-time' }) periodEndsAt!: string;
  @ApiProperty({ type: String, nullable: true, format: 'date-time' }) trialEndsAt!: string | null;
  @ApiProperty({ type: String, nullable: true, format: 'date-time' }) cancelAt!: string | null;
  @ApiProperty() paused!: boolean;
  @ApiProperty({ type: String, nullable: true, format: 'date-time', description: 'A payment failed; the plan stays until then.' }) graceEndsAt!: string | null;
  @ApiProperty({ type: NextPlanResponse, nullable: true, description: 'Begins with the next period.' }) next!: NextPlanResponse | null;
}

export class SubscriptionAnswer {
  @ApiProperty({ type: SubscriptionResponse, nullable: true, description: 'null: there is none.' }) subscription!: SubscriptionResponse | null;
}

export class PortalResponse {
  @ApiProperty({ format: 'uri', description: 'Cards, addresses, tax numbers, invoices. Good for a few minutes.' }) url!: string;
}

export class InvoiceResponse {
  @ApiProperty({ example: 'inv_01jd2v9q4xe8k9m2c3b4a5d6e7' }) id!: string;
  @ApiProperty({ type: String, nullable: true, example: 'F1C4-0001' }) number!: string | null;
  @ApiProperty({ example: 'paid' }) status!: string;
  @ApiProperty({ example: 'usd' }) currency!: string;
  @ApiProperty({ example: '49000000', description: 'Millionths of the currency, with tax.' }) totalMicros!: string;
  @ApiProperty({ example: '0' }) taxMicros!: string;
  @ApiProperty({ example: '49000000' }) paidMicros!: string;
  @ApiProperty({ format: 'date-time' }) issuedAt!: string;
  @ApiProperty({ format: 'date-time' }) periodStartsAt!: string;
  @ApiProperty({ format: 'date-time' }) periodEndsAt!: string;
  @ApiProperty({ type: String, nullable: true, format: 'uri' }) pageUrl!: string | null;
  @ApiProperty({ type: String, nullable: true, format: 'uri' }) fileUrl!: string | null;
}

export class InvoicePage {
  @ApiProperty({ type: [InvoiceResponse], description: 'Newest first.' }) data!: InvoiceResponse[];
  @ApiProperty() hasMore!: boolean;
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}
