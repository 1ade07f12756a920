import { csvHeader, csvLine } from './csv.js';
import { noTotals, type Totals } from './export.js';
import { chargeRow, FOCUS_COLUMNS, focusLine, sharedBy, usageRow, type Account, type FocusCharge, type FocusUsage } from './focus-row.js';
import type { ExportFormat } from './format.js';
import { columnsFor, type JobRow } from './job-row.js';
import { jsonLine } from './jsonl.js';
import { ParquetFile } from './parquet.js';

/** A file on its way: takes rows, hands out bytes, keeps the totals. */
export interface ExportFile<T> {
  readonly totals: Totals;
  add(row: T): void;
  /** What was written since the last time. */
  take(): Buffer;
  finish(): void;
}

/** Text as bytes, outside of the heap. A character takes at most three bytes of UTF-8 per unit of its string. */
class Lines {
  private bytes = Buffer.allocUnsafe(1 << 20);
  private length = 0;

  constructor(header: string) {
    this.add(header);
  }
  add(line: string): void {
    if (this.length + line.length * 3 > this.bytes.length) this.bytes = Buffer.concat([this.bytes], (this.bytes.length + line.length * 3) * 2);
    this.length += this.bytes.write(line, this.length);
  }
  take(): Buffer {
    const taken = Buffer.from(this.bytes.subarray(0, this.length));
    this.length = 0;
    return taken;
  }
}

/** One row per job. */
export function jobsFile(format: Exclude<ExportFormat, 'focus'>, withCost: boolean): ExportFile<JobRow> {
  const columns = columnsFor(withCost);
  const totals = noTotals();
  const count = (row: JobRow): void => {
    totals.rows++;
    totals.creditsMilli += row.chargedMilli;
    totals.costMicros += row.costMicros;
  };
  if (format === 'parquet') {
    const file = new ParquetFile(columns);
    return { totals, add: (row) => (count(row), file.add(row)), take: () => file.take(), finish: () => file.finish() };
  }
  const lines = new Lines(format === 'csv' ? csvHeader(columns.map(({ name }) => name)) : '');
  const lineOf = format === 'csv' ? csvLine : jsonLine;
  return { totals, add: (row) => (count(row), lines.add(lineOf(columns, row))), take: () => lines.take(), finish: () => undefined };
}

export type FocusCost = { usage: FocusUsage } | { charge: FocusCharge };

/** One row per charge of FOCUS 1.2. */
export function focusFile(account: Account): ExportFile<FocusCost> {
  const totals = noTotals();
  const lines = new Lines(csvHeader(FOCUS_COLUMNS));
  const shared = sharedBy(account);
  const add = (cost: FocusCost): void => {
    totals.rows++;
    if ('usage' in cost) {
      totals.creditsMilli += cost.usage.chargedMilli;
      totals.costMicros += cost.usage.costMicros;
      totals.effectiveMicros += cost.usage.effectiveMicros;
      lines.add(focusLine(usageRow(cost.usage), shared(cost.usage.endedAt)));
    } else {
      totals.billedMicros += cost.charge.amountMicros;
      totals.effectiveMicros += cost.charge.effectiveMicros;
      lines.add(focusLine(chargeRow(cost.charge), shared(cost.charge.at)));
    }
  };
  return { totals, add, take: () => lines.take(), finish: () => undefined };
}
