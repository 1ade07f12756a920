import { ApiProperty } from '@nestjs/swagger';

export class ReconciledRule {
  @ApiProperty({ example: 'ledger.wallet_is_sum_of_entries' }) name!: string;
  @ApiProperty({ type: 'integer', description: 'Rows that break it; the target is 0. A rule that cannot be asked counts as one.' }) drift!: number;
  @ApiProperty({ type: String, nullable: true, description: 'The first of these rows, as JSON.' }) first!: string | null;
}

export class ReconciledBooks {
  @ApiProperty({ type: 'integer', description: 'Wallets.' }) tenants!: number;
  @ApiProperty({ example: '12000', description: 'Entries of all ledgers.' }) entries!: string;
  @ApiProperty({ example: '11990', description: 'Of these, under a seal of the hash chain; the rest waits for the next one.' }) sealed!: string;
  @ApiProperty({ example: '5000.5', description: 'Credits that may be spent.' }) available!: string;
  @ApiProperty({ example: '12', description: 'Credits held by running jobs.' }) held!: string;
}

export class ReconciliationResponse {
  @ApiProperty({ format: 'date-time', description: 'At most a minute ago.' }) checkedAt!: string;
  @ApiProperty({ type: 'integer', description: 'Sum over all rules; the target is 0.' }) drift!: number;
  @ApiProperty({ type: [ReconciledRule], description: 'Rules of all rooms; the broken ones first.' }) rules!: ReconciledRule[];
  @ApiProperty({ type: ReconciledBooks }) books!: ReconciledBooks;
}
