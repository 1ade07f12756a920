import { typeId, type IdPrefix } from '../../platform/ids/index.js';

/** A job of a range: its credits when it ended in it, seconds and cost of its attempts that ended in it. So the rows add up to the usage report. */
export interface JobRow {
  jobId: string;
  holdId: string | null;
  operation: string;
  model: string | null;
  teamId: string | null;
  userId: string | null;
  keyId: string | null;
  gpuClass: string | null;
  capacity: string | null;
  state: 'open' | 'settled' | 'voided';
  reason: string | null;
  createdAt: Date | null;
  /** Null: it did not end in the range. */
  endedAt: Date | null;
  chargedMilli: bigint;
  occupiedUs: bigint;
  costMicros: bigint;
  attempts: number;
  priceListVersion: number | null;
  rateCardVersion: number | null;
}

/** `credits`, `seconds`: whole thousandths and millionths; `micros`: a whole number; `time`: an instant. */
export type ColumnType = 'text' | 'credits' | 'seconds' | 'micros' | 'count' | 'flag' | 'time';
export type Cell = string | number | bigint | boolean | Date | null;
export interface Column {
  name: string;
  type: ColumnType;
  of(row: JobRow): Cell;
}

const id = (prefix: IdPrefix, uuid: string | null): string | null => (uuid === null ? null : typeId(prefix, uuid));

const COLUMNS: readonly Column[] = [
  { name: 'jobId', type: 'text', of: (row) => typeId('job', row.jobId) },
  { name: 'operation', type: 'text', of: (row) => row.operation },
  { name: 'model', type: 'text', of: (row) => row.model },
  { name: 'teamId', type: 'text', of: (row) => id('team', row.teamId) },
  { name: 'userId', type: 'text', of: (row) => id('usr', row.userId) },
  { name: 'apiKeyId', type: 'text', of: (row) => id('key', row.keyId) },
  { name: 'gpuClass', type: 'text', of: (row) => row.gpuClass },
  { name: 'capacity', type: 'text', of: (row) => row.capacity },
  { name: 'outcome', type: 'text', of: (row) => row.state },
  { name: 'reason', type: 'text', of: (row) => row.reason },
  { name: 'createdAt', type: 'time', of: (row) => row.createdAt },
  { name: 'endedAt', type: 'time', of: (row) => row.endedAt },
  { name: 'endedInRange', type: 'flag', of: (row) => row.endedAt !== null },
  { name: 'credits', type: 'credits', of: (row) => row.chargedMilli },
  { name: 'gpuSeconds', type: 'seconds', of: (row) => row.occupiedUs },
  { name: 'attempts', type: 'count', of: (row) => row.attempts },
  { name: 'priceListVersion', type: 'count', of: (row) => row.priceListVersion },
  { name: 'rateCardVersion', type: 'count', of: (row) => row.rateCardVersion },
];
const COST: readonly Column[] = [{ name: 'costMicros', type: 'micros', of: (row) => row.costMicros }];

export const columnsFor = (withCost: boolean): readonly Column[] => (withCost ? [...COLUMNS, ...COST] : COLUMNS);
