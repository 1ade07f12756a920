import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsISO8601, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { PageQuery } from '../../platform/http/index.js';

export class AuditQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'An action (`key.created`) or the start of one (`key.`).' })
  @IsOptional()
  @IsString()
  @Matches(/^[a-z_.]{1,80}$/)
  action?: string;

  @ApiPropertyOptional({ description: 'Only what this person did: a user id (`usr_…`).' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  actorId?: string;

  @ApiPropertyOptional({ description: 'Only what was done to this thing, e.g. `key_…`.' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  @Matches(/^[\x20-\x7e]*$/)
  target?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'From this instant on.' })
  @IsOptional()
  @IsISO8601()
  from?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Before this instant.' })
  @IsOptional()
  @IsISO8601()
  to?: string;
}

export class AuditActorDto {
  @ApiProperty({ enum: ['user', 'key', 'system', 'anonymous'] })
  kind: string;
  @ApiPropertyOptional({ description: 'The person who acted, or who owns the key that did (`usr_…`).' })
  userId?: string;
  @ApiPropertyOptional({ description: 'The session (`ses_…`) or key (`key_…`) by which they came; for system work its name.' })
  via?: string;
}

export class AuditEntryDto {
  @ApiProperty({ example: 'aud_01k9…' })
  id: string;
  @ApiProperty({ format: 'date-time' })
  at: string;
  @ApiProperty({ type: AuditActorDto })
  actor: AuditActorDto;
  @ApiProperty({ example: 'key.created' })
  action: string;
  @ApiPropertyOptional({ nullable: true, type: String })
  target: string | null;
  @ApiPropertyOptional({ nullable: true, type: 'object', additionalProperties: true })
  before: unknown;
  @ApiPropertyOptional({ nullable: true, type: 'object', additionalProperties: true })
  after: unknown;
  @ApiPropertyOptional({ nullable: true, type: String })
  ip: string | null;
  @ApiPropertyOptional({ nullable: true, type: String })
  requestId: string | null;
  @ApiProperty({ nullable: true, type: Number, description: 'Place in the chain; null until sealed (within seconds).' })
  seq: number | null;
  @ApiProperty({ nullable: true, type: String, description: 'SHA-256 of the previous hash and this entry, hexadecimal.' })
  hash: string | null;
}

export class AuditPageDto {
  @ApiProperty({ type: [AuditEntryDto] })
  data: AuditEntryDto[];
  @ApiProperty()
  hasMore: boolean;
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}

export class AuditFaultDto {
  @ApiProperty({ description: 'The place in the chain at which it stops being true.' })
  seq: number;
  @ApiProperty({ enum: ['missing', 'altered', 'head_mismatch'] })
  reason: string;
}

export class AuditVerificationDto {
  @ApiProperty({ description: 'True when every sealed entry is there, unaltered and in order.' })
  ok: boolean;
  @ApiProperty({ description: 'Sealed entries that were checked.' })
  sealed: number;
  @ApiProperty({ description: 'Entries that still wait for their seal.' })
  unsealed: number;
  @ApiProperty({ description: 'Hash of the newest sealed entry, hexadecimal. Keep a copy elsewhere to prove later that nothing was cut off.' })
  head: string;
  @ApiPropertyOptional({ type: AuditFaultDto })
  fault?: AuditFaultDto;
}
