export const GPU_ALARM_SCOPES = ['house', 'pool', 'tenant'] as const;
export type GpuAlarmScope = (typeof GPU_ALARM_SCOPES)[number];

export const GPU_ALARM_PERIODS = ['day', 'week', 'month'] as const;
export type GpuAlarmPeriod = (typeof GPU_ALARM_PERIODS)[number];

export interface NewGpuAlarm {
  id: string;
  name: string;
  scope: GpuAlarmScope;
  /** A pool or a tenant; null: all of the house. */
  subjectId: string | null;
  period: GpuAlarmPeriod;
  limitHours: number;
  /** Per cent of the limit at which to tell, rising. */
  thresholds: readonly number[];
}

export interface GpuAlarm extends NewGpuAlarm {
  createdAt: Date;
  startsAt: Date;
  endsAt: Date;
  /** Load and work of GPUs in the running period, by the share of the box. */
  workedUs: bigint;
  /** Thresholds that operators were told of in this period. */
  told: readonly number[];
}

/** A threshold that was passed just now. */
export interface GpuAlarmNews {
  name: string;
  threshold: number;
  limitHours: number;
  workedUs: bigint;
  endsAt: Date;
}

/** Hours with at most two decimals, rounded down. */
export const hoursOf = (us: bigint): string => {
  const hundredths = us / 36_000_000n;
  const decimals = String(hundredths % 100n)
    .padStart(2, '0')
    .replace(/0+$/, '');
  return `${hundredths / 100n}${decimals && `.${decimals}`}`;
};
