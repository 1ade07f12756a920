import { typeId } from '../../platform/ids/index.js';
import { credits } from './decimal.js';
import type { Export, ExportWish, Totals, Written } from './export.js';
import { FOCUS_COLUMNS } from './focus-row.js';
import { columnsFor } from './job-row.js';

export interface ControlTotals {
  rows: number;
  credits: string;
  costMicros?: string;
  billedMicros?: string;
  effectiveMicros?: string;
}

/** Costs of the house only in files that have them; money of the tenant only in FOCUS. */
export const controlTotals = ({ format, withCost }: Pick<ExportWish, 'format' | 'withCost'>, totals: Totals): ControlTotals => ({
  rows: totals.rows,
  credits: credits(totals.creditsMilli),
  ...(format !== 'focus' && withCost && { costMicros: String(totals.costMicros) }),
  ...(format === 'focus' && { billedMicros: String(totals.billedMicros), effectiveMicros: String(totals.effectiveMicros) }),
});

/** Lies beside the file: what is in it and what it adds up to. */
export function sidecar(found: Export, written: Written): Buffer {
  return Buffer.from(
    `${JSON.stringify(
      {
        id: typeId('exp', found.id),
        format: found.format,
        ...(found.format === 'focus' && { focusVersion: '1.2' }),
        from: found.from.toISOString(),
        to: found.to.toISOString(),
        timeZone: found.timeZone,
        columns: found.format === 'focus' ? FOCUS_COLUMNS : columnsFor(found.withCost).map(({ name }) => name),
        totals: controlTotals(found, written.totals),
        bytes: written.bytes,
        sha256: written.sha256,
      },
      null,
      2,
    )}\n`,
  );
}
