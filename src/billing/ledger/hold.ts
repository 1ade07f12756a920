import type { Quote } from '../pricing/index.js';
import type { EntryKind, GrantKind, HoldState, LedgerAccount } from './posting.js';

/** Who and what a job's money is about; copied to its usage rows, so that reports read no other wing. */
export interface Dimensions {
  operation: string;
  model: string | null;
  teamId: string | null;
  userId: string;
  keyId: string | null;
}

export interface NewHold {
  holdId: string;
  jobId: string;
  amountMilli: bigint;
  quote: Quote;
  dimensions: Dimensions;
}

/** `availableMilli` is what is left after this one, or what a refused one met. */
export interface HoldOutcome {
  jobId: string;
  ok: boolean;
  availableMilli: bigint;
  /** What refused it. */
  limitSource?: 'wallet' | 'budget';
  /** The budget that refused it. */
  budget?: BudgetRefusal;
}

/** A hard budget as a refused hold met it. */
export interface BudgetRefusal {
  id: string;
  name: string;
  scope: 'tenant' | 'team' | 'user' | 'key';
  period: 'day' | 'week' | 'month';
  timeZone: string;
  resetsAt: Date;
  /** Approved increases of the period included. */
  limitMilli: bigint;
  spentMilli: bigint;
  heldMilli: bigint;
}

/** `settled` is false when the hold was closed before; the amounts are then those of that time. */
export interface Closing {
  settled: boolean;
  heldMilli: bigint;
  chargedMilli: bigint;
  /** Back to the grants, or lapsed with a grant that expired meanwhile. */
  returnedMilli: bigint;
}

export interface Hold {
  id: string;
  jobId: string;
  state: HoldState;
  amountMilli: bigint;
  chargedMilli: bigint;
  quote: Quote;
  priceListVersion: number;
  dimensions: Dimensions;
  reason: string | null;
  createdAt: Date;
  closedAt: Date | null;
}

export interface Grant {
  id: string;
  kind: GrantKind;
  amountMilli: bigint;
  remainingMilli: bigint;
  expiresAt: Date | null;
  reason: string;
  createdAt: Date;
}

export interface Balance {
  availableMilli: bigint;
  heldMilli: bigint;
  /** Available and held together below this are called low; 0: never. */
  lowBelowMilli: bigint;
  low: boolean;
  /** Those that can be spent, in burn order. */
  grants: Grant[];
}

/** A balance that fell below its mark (`low`), or is not below it any more. */
export interface Crossing {
  low: boolean;
  balanceMilli: bigint;
  belowMilli: bigint;
}

export interface Entry {
  seq: number;
  kind: EntryKind;
  from: LedgerAccount;
  to: LedgerAccount;
  amountMilli: bigint;
  /** The grant or the job it is about, by kind. */
  ref: string;
  reason: string | null;
  createdAt: Date;
}

export interface Allocation {
  grantId: string;
  kind: GrantKind;
  amountMilli: bigint;
  chargedMilli: bigint;
}

export interface Explanation {
  quote: Quote;
  hold: Hold;
  entries: Entry[];
  allocations: Allocation[];
}

export interface VideosLeft {
  /** Videos of the plan in a period; null: no limit. */
  allowed: number | null;
  used: number;
  endsAt: Date;
}

export interface NewGrant {
  grantId: string;
  amountMilli: bigint;
  /** null: twelve months from now. */
  expiresAt: Date | null;
  reason: string;
  /** A key that was used before gives nothing and answers the grant of then. */
  key: string;
  by: string;
}
