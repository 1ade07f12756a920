import type { ExportFormat, ExportPeriod } from './format.js';

/** What a file adds up to: sums of its own rows, so that whoever reads it can tell that nothing is missing. */
export interface Totals {
  rows: number;
  creditsMilli: bigint;
  /** What the work cost the house. */
  costMicros: bigint;
  /** Of FOCUS: money asked for, and what of it was used up. */
  billedMicros: bigint;
  effectiveMicros: bigint;
}

export interface ExportWish {
  format: ExportFormat;
  from: Date;
  to: Date;
  timeZone: string;
  withCost: boolean;
}
export interface Export extends ExportWish {
  tenantId: string;
  id: string;
  scheduleId: string | null;
  status: 'queued' | 'running' | 'ready' | 'failed' | 'expired';
  /** Counts the tries; fences the writer of an earlier one. */
  attempts: number;
  rowsExpected: number | null;
  rowsWritten: number;
  storageKey: string | null;
  bytes: number | null;
  sha256: string | null;
  totals: Totals | null;
  error: string | null;
  createdAt: Date;
  finishedAt: Date | null;
  expiresAt: Date | null;
}
export interface Written {
  storageKey: string;
  bytes: number;
  sha256: string;
  totals: Totals;
}

export interface Schedule {
  tenantId: string;
  id: string;
  format: ExportFormat;
  every: ExportPeriod;
  timeZone: string;
  withCost: boolean;
  createdBy: string;
  createdAt: Date;
  nextAt: Date;
}

export const noTotals = (): Totals => ({ rows: 0, creditsMilli: 0n, costMicros: 0n, billedMicros: 0n, effectiveMicros: 0n });
