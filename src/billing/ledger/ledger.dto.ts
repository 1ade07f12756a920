import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsISO8601, IsOptional, IsString, Length, Matches, ValidateIf } from 'class-validator';
import { CREDITS_PATTERN } from '../plans/index.js';
import { ENTRY_KINDS, GRANT_KINDS, LEDGER_ACCOUNTS, type EntryKind, type GrantKind, type LedgerAccount } from './posting.js';

export class GrantResponse {
  @ApiProperty({ example: 'grt_01jd2v9q4xe8k9m2c3b4a5d6e7' }) id!: string;
  @ApiProperty({ enum: GRANT_KINDS }) kind!: GrantKind;
  @ApiProperty({ example: '1000' }) amount!: string;
  @ApiProperty({ example: '742.5', description: 'Left to spend; what open jobs hold is not in it.' }) remaining!: string;
  @ApiProperty({ type: String, nullable: true, format: 'date-time' }) expiresAt!: string | null;
  @ApiProperty() reason!: string;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
}

export class CreditsResponse {
  @ApiProperty({ example: '742.5', description: 'What a new job may spend.' }) available!: string;
  @ApiProperty({ example: '4', description: 'Held by jobs that have not ended.' }) held!: string;
  @ApiProperty({ example: '100', description: 'The mark: available and held together below it are called low; "0": never.' }) lowBelow!: string;
  @ApiProperty() low!: boolean;
  @ApiProperty({ type: [GrantResponse], description: 'In the order in which they are spent: priority, then earliest expiry.' }) grants!: GrantResponse[];
}

export class CreditsChangeBody {
  @ApiProperty({
    type: String,
    nullable: true,
    example: '100',
    description: 'Below it a mail and a webhook `balance.low` tell, once a crossing. null: a tenth of what the plan gives in a month; "0": never.',
  })
  @ValidateIf((_, value) => value !== null)
  @Matches(CREDITS_PATTERN, { message: 'lowBelow must be a decimal string with at most three decimals, such as "100", or null' })
  lowBelow!: string | null;
}

export class LedgerEntryResponse {
  @ApiProperty({ type: 'integer', description: 'Counts from 1 inside the tenant, without gaps.' }) seq!: number;
  @ApiProperty({ enum: ENTRY_KINDS }) kind!: EntryKind;
  @ApiProperty({ enum: LEDGER_ACCOUNTS }) from!: LedgerAccount;
  @ApiProperty({ enum: LEDGER_ACCOUNTS }) to!: LedgerAccount;
  @ApiProperty({ example: '4', description: 'Credits moved, always positive.' }) amount!: string;
  @ApiProperty({ type: String, nullable: true, example: 'job_01jd2v9q4xe8k9m2c3b4a5d6e7' }) jobId!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'grt_01jd2v9q4xe8k9m2c3b4a5d6e7' }) grantId!: string | null;
  @ApiProperty({ type: String, nullable: true }) reason!: string | null;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
}

export class LedgerPage {
  @ApiProperty({ type: [LedgerEntryResponse], description: 'Newest first.' }) data!: LedgerEntryResponse[];
  @ApiProperty() hasMore!: boolean;
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class GrantBody {
  @ApiProperty({ example: '100', description: 'Credits, more than 0.' })
  @Matches(CREDITS_PATTERN, { message: 'credits must be a decimal string with at most three decimals, such as "100"' })
  credits!: string;
  @ApiProperty({ maxLength: 500, description: 'Shown to the tenant and in the audit log.' })
  @IsString()
  @Length(1, 500)
  reason!: string;
  @ApiPropertyOptional({ format: 'date-time', description: 'In the future. Default: twelve months from now.' })
  @IsOptional()
  @IsISO8601({ strict: true })
  expiresAt?: string;
}
