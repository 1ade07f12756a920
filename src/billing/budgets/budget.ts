export const BUDGET_SCOPES = ['tenant', 'team', 'user', 'key'] as const;
export type BudgetScope = (typeof BUDGET_SCOPES)[number];

export const BUDGET_PERIODS = ['day', 'week', 'month'] as const;
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number];

export const BUDGET_MODES = ['soft', 'hard'] as const;
export type BudgetMode = (typeof BUDGET_MODES)[number];

export const THRESHOLDS_DEFAULT: readonly number[] = [50, 80, 100];

/** In milli-credits; beside it the dollars that were asked for, and what a credit was worth then. */
export interface BudgetLimit {
  limitMilli: bigint;
  limitMicros: bigint | null;
  creditMicros: bigint | null;
}

export interface BudgetTerms extends BudgetLimit {
  name: string;
  hard: boolean;
  /** Per cent of the limit at which to tell, rising. */
  thresholds: readonly number[];
  forecast: boolean;
}

export interface Budget extends BudgetTerms {
  id: string;
  scope: BudgetScope;
  /** Whose spending it counts; the tenant itself for scope `tenant`. */
  subjectId: string;
  period: BudgetPeriod;
  createdAt: Date;
}

/** A period of a budget and what it counts. Half-open: `endsAt` is the next one's begin. */
export interface BudgetSpan {
  startsAt: Date;
  endsAt: Date;
  heldMilli: bigint;
  spentMilli: bigint;
  /** Increases that were approved for this period. */
  raisedMilli: bigint;
}

export interface BudgetView extends Budget {
  timeZone: string;
  current: BudgetSpan;
  /** What the period is heading for; null while it is too young to tell. */
  forecastMilli: bigint | null;
}

export interface BudgetAlert {
  id: string;
  budgetId: string;
  budgetName: string;
  scope: BudgetScope;
  subjectId: string;
  hard: boolean;
  period: BudgetPeriod;
  /** `50`, `80`, `100`, … per cent, or `forecast`. */
  threshold: string;
  startsAt: Date;
  endsAt: Date;
  timeZone: string;
  spentMilli: bigint;
  limitMilli: bigint;
  forecastMilli: bigint | null;
  createdAt: Date;
}

export const INCREASE_STATES = ['pending', 'approved', 'declined'] as const;
export type IncreaseState = (typeof INCREASE_STATES)[number];

export interface BudgetIncrease {
  id: string;
  budgetId: string;
  budgetName: string;
  startsAt: Date;
  endsAt: Date;
  amountMilli: bigint;
  reason: string;
  state: IncreaseState;
  askedBy: string;
  askedAt: Date;
  decidedBy: string | null;
  decidedAt: Date | null;
}

/** Dollars in credits, rounded down: nobody may spend more than was meant. */
export const dollarsToMilli = (micros: bigint, creditMicros: bigint): bigint => (micros * 1000n) / creditMicros;

/** Whole per cent of the limit, rounded down. */
export const percentSpent = (spentMilli: bigint, limitMilli: bigint): number => (limitMilli > 0n ? Number((spentMilli * 100n) / limitMilli) : 0);
