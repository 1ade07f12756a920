import { WEBHOOK_TYPES } from '@atelier/contracts';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { PageQuery } from '../../platform/http/index.js';
import { typeId } from '../../platform/ids/index.js';
import type { DeliveryStory } from './webhook-log.service.js';
import type { Attempt, Delivery, DeliveryStatus, Endpoint } from './webhook.js';

const STATUSES: DeliveryStatus[] = ['pending', 'delivered', 'failed'];
const ONE_LINE = /^\P{Cc}*$/u;

export class CreateWebhookDto {
  @ApiProperty({
    maxLength: 2000,
    example: 'https://example.com/hooks/atelier',
    description: 'Public https address. It is called with POST; redirects are not followed.',
  })
  @IsString()
  @MaxLength(2000)
  url: string;

  @ApiPropertyOptional({ maxLength: 200 })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  @Matches(ONE_LINE, { message: '$property must be one line' })
  description?: string;

  @ApiProperty({
    type: [String],
    example: ['job.*', 'invoice.paid'],
    description: 'Types of events, groups such as `job.*`, or `*`; see `GET /tenant/webhooks/event-types`.',
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @ArrayUnique()
  @IsString({ each: true })
  @MaxLength(80, { each: true })
  eventTypes: string[];

  @ApiPropertyOptional({ default: true })
  @IsOptional()
  @IsBoolean()
  enabled?: boolean;
}

export class UpdateWebhookDto {
  @ApiPropertyOptional({ maxLength: 2000 })
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  url?: string;

  @ApiPropertyOptional({ maxLength: 200 })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  @Matches(ONE_LINE, { message: '$property must be one line' })
  description?: string;

  @ApiPropertyOptional({ type: [String] })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @ArrayUnique()
  @IsString({ each: true })
  @MaxLength(80, { each: true })
  eventTypes?: string[];

  @ApiPropertyOptional({ description: 'Off: it gets nothing, and what waits for it ends as failed. On: it counts as healthy again.' })
  @IsOptional()
  @IsBoolean()
  enabled?: boolean;
}

export class RotateWebhookDto {
  @ApiPropertyOptional({ type: 'integer', default: 24, minimum: 0, maximum: 168, description: 'For how long both secrets sign.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(168)
  overlapHours?: number;
}

export class ReplayWebhookDto {
  @ApiProperty({ format: 'date-time', description: 'What failed of the events since this instant is sent again. Deliveries are kept for 30 days.' })
  @IsISO8601({ strict: true })
  since: string;
}

export class ReplayedDto {
  @ApiProperty({ type: 'integer' })
  replayed: number;
}

export class WebhookDto {
  @ApiProperty({ example: 'whk_01k9…' })
  id: string;
  @ApiProperty()
  url: string;
  @ApiProperty()
  description: string;
  @ApiProperty({ type: [String] })
  eventTypes: string[];
  @ApiProperty()
  enabled: boolean;
  @ApiProperty({
    nullable: true,
    enum: ['failing', 'gone'],
    type: String,
    description: 'Why it is off when nobody switched it off: it took nothing for five days, or answered 410.',
  })
  disabledReason: Endpoint['disabledReason'];
  @ApiProperty({ nullable: true, type: String, format: 'date-time', description: 'Since when every attempt has failed; null: the last one did not.' })
  failingSince: string | null;
  @ApiProperty({ nullable: true, type: String, format: 'date-time', description: 'To the minute or so.' })
  lastSuccessAt: string | null;
  @ApiProperty({ nullable: true, type: String, format: 'date-time', description: 'Until when the secret before the last rotation signs beside the new one.' })
  previousSecretUntil: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
}

export class WebhookWithSecretDto extends WebhookDto {
  @ApiProperty({ example: 'whsec_…', description: 'Signs what is sent. Shown this once.' })
  secret: string;
}

export class WebhookPageDto {
  @ApiProperty({ type: [WebhookDto] })
  data: WebhookDto[];
  @ApiProperty()
  hasMore: boolean;
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}

export class WebhookEventTypeDto {
  @ApiProperty({ example: 'job.succeeded' })
  type: string;
  @ApiProperty()
  description: string;
}

export class WebhookEventTypesDto {
  @ApiProperty({ type: [WebhookEventTypeDto] })
  data: WebhookEventTypeDto[];
}

export class WebhookDeliveryQuery extends PageQuery {
  @ApiPropertyOptional({ enum: STATUSES })
  @IsOptional()
  @IsIn(STATUSES)
  status?: DeliveryStatus;
}

export class WebhookDeliveryDto {
  @ApiProperty({ example: 'dlv_01k9…' })
  id: string;
  @ApiProperty({ example: 'evt_01k9…', description: 'The `webhook-id` that was sent, the same on every attempt and replay.' })
  eventId: string;
  @ApiProperty({ example: 'job.succeeded' })
  type: string;
  @ApiProperty({ enum: STATUSES })
  status: DeliveryStatus;
  @ApiProperty({ type: 'integer' })
  attempts: number;
  @ApiProperty({ nullable: true, type: String, format: 'date-time', description: 'Null unless pending.' })
  nextAttemptAt: string | null;
  @ApiProperty({ nullable: true, type: 'integer', description: 'HTTP status of the last attempt that got an answer recorded; null: none.' })
  lastStatusCode: number | null;
  @ApiProperty({ nullable: true, type: String, description: 'What went wrong last, and what helps.' })
  error: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  @ApiProperty({ nullable: true, type: String, format: 'date-time' })
  finishedAt: string | null;
}

export class WebhookAttemptDto {
  @ApiProperty({ type: 'integer' })
  number: number;
  @ApiProperty({ format: 'date-time' })
  at: string;
  @ApiProperty({ type: 'integer' })
  latencyMs: number;
  @ApiProperty({ nullable: true, type: 'integer' })
  statusCode: number | null;
  @ApiProperty({ nullable: true, type: String, description: 'The first 2 kB of the answer.' })
  response: string | null;
  @ApiProperty({ nullable: true, type: String })
  error: string | null;
}

export class WebhookDeliveryStoryDto extends WebhookDeliveryDto {
  @ApiProperty({ description: 'The body, exactly as it was signed and sent.' })
  body: string;
  @ApiProperty({ type: [WebhookAttemptDto], description: 'Newest first. A number that is missing was cut off by the end of our process.' })
  attemptLog: WebhookAttemptDto[];
}

export class WebhookDeliveryPageDto {
  @ApiProperty({ type: [WebhookDeliveryDto] })
  data: WebhookDeliveryDto[];
  @ApiProperty()
  hasMore: boolean;
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}

export const toWebhookDto = (endpoint: Endpoint): WebhookDto => ({
  id: typeId('whk', endpoint.id),
  url: endpoint.url,
  description: endpoint.description,
  eventTypes: [...endpoint.eventTypes],
  enabled: endpoint.enabled,
  disabledReason: endpoint.disabledReason,
  failingSince: endpoint.failingSince?.toISOString() ?? null,
  lastSuccessAt: endpoint.lastSuccessAt?.toISOString() ?? null,
  previousSecretUntil: endpoint.previousUntil?.toISOString() ?? null,
  createdAt: endpoint.createdAt.toISOString(),
});

export const toWebhookWithSecretDto = ({ endpoint, secret }: { endpoint: Endpoint; secret: string }): WebhookWithSecretDto => ({
  ...toWebhookDto(endpoint),
  secret,
});

export const eventTypesDto = (): WebhookEventTypesDto => ({
  data: Object.entries(WEBHOOK_TYPES).map(([type, description]) => ({ type, description })),
});

export const toWebhookDeliveryDto = (delivery: Delivery): WebhookDeliveryDto => ({
  id: typeId('dlv', delivery.id),
  eventId: typeId('evt', delivery.messageId),
  type: delivery.type,
  status: delivery.status,
  attempts: delivery.attempts,
  nextAttemptAt: delivery.nextAttemptAt?.toISOString() ?? null,
  lastStatusCode: delivery.lastStatusCode,
  error: delivery.error,
  createdAt: delivery.createdAt.toISOString(),
  finishedAt: delivery.finishedAt?.toISOString() ?? null,
});

const toAttemptDto = (attempt: Attempt): WebhookAttemptDto => ({ ...attempt, at: attempt.at.toISOString() });

export const toDeliveryStoryDto = (story: DeliveryStory): WebhookDeliveryStoryDto => ({
  ...toWebhookDeliveryDto(story),
  body: story.body,
  attemptLog: story.attemptLog.map(toAttemptDto),
});
