import { csvHeader, csvLine } from './csv.js';
import { noTotals, type Totals } from './export.js';
import { chargeRow, FOCUS_COLUMNS, focusLine, usageRow, type Account, type FocusCharge, type FocusUsage } from './focus-row.js';
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

class Lines {
  private lines: string[];

  constructor(header: string) {
    this.lines = [header];
  }
  add(line: string): void {
    this.lines.push(line);
  }
  take(): Buffer {
    const taken = Buffer.from(this.lines.join(''));
    this.lines = [];
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
  const add = (cost: FocusCost): void => {
    totals.rows++;
    if ('usage' in cost) {
      totals.creditsMilli += cost.usage.chargedMilli;
      totals.costMicros += cost.usage.costMicros;
      totals.effectiveMicros += cost.usage.effectiveMicros;
      lines.add(focusLine(usageRow(cost.usage, account)));
    } else {
      totals.billedMicros += cost.charge.amountMicros;
      totals.effectiveMicros += cost.charge.effectiveMicros;
      lines.add(focusLine(chargeRow(cost.charge, account)));
    }
  };
  return { totals, add, take: () => lines.take(), finish: () => undefined };
}
