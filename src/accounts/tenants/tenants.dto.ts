import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsInt, IsOptional, IsString, IsTimeZone, Length, Matches, Max, MaxLength, Min, ValidateIf, ValidateNested } from 'class-validator';
import { PageQuery } from '../../platform/http/index.js';
import { typeId } from '../../platform/ids/index.js';
import type { MailView } from '../../platform/mail/index.js';
import type { OperatorTenant, Tenant } from './tenant.js';

const ONE_LINE = /^(?=.*\S)\P{Cc}+$/u;

export class TenantSettingsDto {
  @ApiPropertyOptional({
    nullable: true,
    type: 'integer',
    minimum: 1,
    maximum: 3650,
    description: 'Longest life of a new API key in days; null: keys may live for ever.',
  })
  @ValidateIf((_, value) => value !== null && value !== undefined)
  @IsInt()
  @Min(1)
  @Max(3650)
  apiKeyMaxDays?: number | null;
}

export class UpdateTenantDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 80 })
  @IsOptional()
  @IsString()
  @Matches(ONE_LINE, { message: '$property must be one line with at least one visible character' })
  @Length(1, 80)
  name?: string;

  @ApiPropertyOptional({ example: 'Europe/Berlin', description: 'IANA time zone; decides where budget days and report days begin.' })
  @IsOptional()
  @IsTimeZone()
  timeZone?: string;

  @ApiPropertyOptional({ type: TenantSettingsDto })
  @IsOptional()
  @ValidateNested()
  @Type(() => TenantSettingsDto)
  settings?: TenantSettingsDto;
}

export class TenantDto {
  @ApiProperty({ example: 'tnt_01k9…' })
  id: string;
  @ApiProperty()
  name: string;
  @ApiProperty({ example: 'UTC' })
  timeZone: string;
  @ApiProperty({ type: TenantSettingsDto })
  settings: TenantSettingsDto;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  @ApiProperty({ nullable: true, type: String, format: 'date-time' })
  suspendedAt: string | null;
}

export class OperatorTenantsQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Part of the name of the tenant or of an owner’s e-mail address.' })
  @IsOptional()
  @IsString()
  @MaxLength(120)
  @Matches(/^\P{Cc}*$/u)
  search?: string;
}

export class OperatorTenantDto extends TenantDto {
  @ApiProperty({ description: 'Active members.' })
  members: number;
  @ApiProperty({ nullable: true, type: String, description: 'E-mail address of the first owner.' })
  ownerEmail: string | null;
  @ApiProperty({ example: 'pro' })
  plan: string;
}

export class OperatorTenantPageDto {
  @ApiProperty({ type: [OperatorTenantDto] })
  data: OperatorTenantDto[];
  @ApiProperty()
  hasMore: boolean;
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}

export class SuspendTenantDto {
  @ApiProperty({ description: 'True suspends: every request of the tenant is refused within 5 s. False lifts it.' })
  @IsBoolean()
  suspended: boolean;

  @ApiPropertyOptional({ maxLength: 500, description: 'Written to the audit log of both tenants.' })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  @Matches(ONE_LINE, { message: '$property must be one line with at least one visible character' })
  reason?: string;
}

export class MailMessageDto {
  @ApiProperty()
  id: string;
  @ApiProperty()
  to: string;
  @ApiProperty()
  subject: string;
  @ApiProperty()
  text: string;
  @ApiProperty({ nullable: true, type: String })
  html: string | null;
  @ApiProperty({ enum: ['pending', 'sent', 'failed'] })
  status: string;
  @ApiProperty({ type: 'integer' })
  attempts: number;
  @ApiProperty({ nullable: true, type: String })
  lastError: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  @ApiProperty({ nullable: true, type: String, format: 'date-time' })
  sentAt: string | null;
}

export class MailPageDto {
  @ApiProperty({ type: [MailMessageDto] })
  data: MailMessageDto[];
  @ApiProperty()
  hasMore: boolean;
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}

export const toTenantDto = (tenant: Tenant): TenantDto => ({
  id: typeId('tnt', tenant.id),
  name: tenant.name,
  timeZone: tenant.timeZone,
  settings: { apiKeyMaxDays: tenant.settings.apiKeyMaxDays ?? null },
  createdAt: tenant.createdAt.toISOString(),
  suspendedAt: tenant.suspendedAt?.toISOString() ?? null,
});

export const toOperatorTenantDto = (tenant: OperatorTenant): OperatorTenantDto => ({
  ...toTenantDto(tenant),
  members: tenant.members,
  ownerEmail: tenant.ownerEmail,
  plan: tenant.plan,
});

export const toMailMessageDto = (mail: MailView): MailMessageDto => ({
  id: mail.id,
  to: mail.to,
  subject: mail.subject,
  text: mail.text,
  html: mail.html,
  status: mail.status,
  attempts: mail.attempts,
  lastError: mail.lastError,
  createdAt: mail.createdAt.toISOString(),
  sentAt: mail.sentAt?.toISOString() ?? null,
});
