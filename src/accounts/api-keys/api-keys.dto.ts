import { KEY_SCOPES, type Permission } from '@atelier/contracts';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateIf,
} from 'class-validator';
import { typeId } from '../../platform/ids/index.js';
import type { ApiKey } from './api-key.js';

const ONE_LINE = /^(?=.*\S)\P{Cc}+$/u;

const given = (_: object, value: unknown): boolean => value !== null && value !== undefined;

/** Where and until when a key may be used. */
class KeyTermsDto {
  @ApiPropertyOptional({ nullable: true, type: String, format: 'date-time', description: 'When the key stops working; null: never.' })
  @ValidateIf(given)
  @IsISO8601({ strict: true })
  expiresAt?: string | null;

  @ApiPropertyOptional({
    nullable: true,
    type: [String],
    example: ['203.0.113.0/24'],
    description: 'Addresses or networks (CIDR) the key may be used from; null or empty: anywhere.',
  })
  @ValidateIf(given)
  @IsArray()
  @ArrayMaxSize(50)
  @ArrayUnique()
  @IsString({ each: true })
  @MaxLength(49, { each: true })
  ipAllow?: string[] | null;
}

export class CreateApiKeyDto extends KeyTermsDto {
  @ApiProperty({ minLength: 1, maxLength: 80 })
  @IsString()
  @Matches(ONE_LINE, { message: '$property must be one line with at least one visible character' })
  @Length(1, 80)
  name: string;

  @ApiProperty({ enum: KEY_SCOPES, isArray: true, description: 'What the key may do: never more than its owner may.' })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(KEY_SCOPES, { each: true })
  scopes: Permission[];
}

export class UpdateApiKeyDto extends KeyTermsDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 80 })
  @IsOptional()
  @IsString()
  @Matches(ONE_LINE, { message: '$property must be one line with at least one visible character' })
  @Length(1, 80)
  name?: string;

  @ApiPropertyOptional({ enum: KEY_SCOPES, isArray: true })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(KEY_SCOPES, { each: true })
  scopes?: Permission[];
}

export class RotateApiKeyDto {
  @ApiPropertyOptional({ type: 'integer', default: 24, minimum: 0, maximum: 168, description: 'For how long the old secret works beside the new one.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(168)
  overlapHours?: number;
}

export class ApiKeyDto {
  @ApiProperty({ example: 'key_01k9…' })
  id: string;
  @ApiProperty()
  name: string;
  @ApiProperty({ example: 'atl_live_3kTq9ZbW1xYd', description: 'The part by which a key is recognised; not a secret.' })
  prefix: string;
  @ApiProperty({ description: 'The person whose rights bound the key (`usr_…`).' })
  ownerId: string;
  @ApiProperty({ enum: KEY_SCOPES, isArray: true })
  scopes: string[];
  @ApiProperty({ type: [String], description: 'Empty: usable from anywhere.' })
  ipAllow: string[];
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  @ApiProperty({ nullable: true, type: String, format: 'date-time' })
  expiresAt: string | null;
  @ApiProperty({ nullable: true, type: String, format: 'date-time', description: 'To the minute or so.' })
  lastUsedAt: string | null;
  @ApiProperty({ nullable: true, type: String, format: 'date-time', description: 'Until when the secret before the last rotation still works.' })
  previousUntil: string | null;
  @ApiProperty({ nullable: true, type: String, format: 'date-time' })
  revokedAt: string | null;
}

export class ApiKeyWithSecretDto extends ApiKeyDto {
  @ApiProperty({ example: 'atl_live_3kTq9ZbW1xYd_…', description: 'The key itself. Shown this once: only its hash is kept.' })
  key: string;
}

export class ApiKeyPageDto {
  @ApiProperty({ type: [ApiKeyDto] })
  data: ApiKeyDto[];
  @ApiProperty()
  hasMore: boolean;
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}

export const toApiKeyDto = (key: ApiKey): ApiKeyDto => ({
  id: typeId('key', key.id),
  name: key.name,
  prefix: `atl_live_${key.lookup}`,
  ownerId: typeId('usr', key.ownerId),
  scopes: [...key.scopes],
  ipAllow: [...key.ipAllow],
  createdAt: key.createdAt.toISOString(),
  expiresAt: key.expiresAt?.toISOString() ?? null,
  lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
  previousUntil: key.previousUntil?.toISOString() ?? null,
  revokedAt: key.revokedAt?.toISOString() ?? null,
});

export const toApiKeyWithSecretDto = ({ key, secret }: { key: ApiKey; secret: string }): ApiKeyWithSecretDto => ({ ...toApiKeyDto(key), key: secret });
