import { GPU_CLASSES, type GpuClass } from '@atelier/contracts';

/** What a plan allows; null means no limit. Domain rules, section plans. */
export interface PlanLimits {
  /** Milli-credits as an integer string, granted at the start of each period. Never without limit. */
  creditsPerMonthMilli: string;
  apiPerMinute: number | null;
  generationsPerHour: number | null;
  uploadsPerHour: number | null;
  runningJobs: number | null;
  /** Pixels of the longest side of what is synthesised or enlarged; uploads may be larger. */
  sideMax: number | null;
  videosPerMonth: number | null;
  customModels: number | null;
  /** Always with CPU: light work runs there whatever the plan. */
  gpuClasses: GpuClass[];
  apiKeys: boolean;
  sso: boolean;
  /** Share of the fleet beside other tiers. */
  weight: number;
  storageBytes: number | null;
  seats: number | null;
}

/** One version of a plan. Tenants keep the version they were given. */
export interface PlanVersion {
  plan: string;
  version: number;
  name: string;
  /** null: by contract. */
  priceMicrosPerMonth: bigint | null;
  /** Of each seat beyond those of the plan, per month; null: none is sold. */
  seatPriceMicros: bigint | null;
  limits: PlanLimits;
  effectiveFrom: Date;
  /** false: made for one customer, given by its number only. */
  offered: boolean;
}

/** The plan of a tenant and the period it is in, by the database's clock. */
export interface PlanView extends PlanVersion {
  /** Seats bought beside those of the plan; `limits.seats` counts them. */
  seatsExtra: number;
  /** What a credit is worth by contract, else by list: turns budgets in dollars into credits. */
  creditMicros: bigint;
  periodStartsAt: Date;
  periodEndsAt: Date;
}

/** A plan that is paid for by subscription. */
export interface SubscribedPlan {
  plan: string;
  version: number;
  seatsExtra: number;
  /** Its months are counted from here. */
  anchor: Date;
  /** Months that begin then or later bring no credits; null: no end is known. */
  endsAt: Date | null;
  /** Of the present month: while not, its credits wait. */
  paid: boolean;
}

/** Classes in the order of the contract, CPU among them. */
export const withCpu = (classes: readonly GpuClass[]): GpuClass[] => GPU_CLASSES.filter((name) => name === 'CPU' || classes.includes(name));
