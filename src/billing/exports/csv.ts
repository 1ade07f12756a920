import { credits, seconds } from './decimal.js';
import type { Cell, Column, JobRow } from './job-row.js';

const FORMULA = /^[=+\-@\t\r]/;
const AWKWARD = /[",\r\n]/;

/** Text that somebody wrote. Spreadsheets run what begins like a formula; an apostrophe before it makes it text again. */
export function csvText(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return AWKWARD.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function csvCell(type: Column['type'], cell: Cell): string {
  if (cell === null) return '';
  switch (type) {
    case 'text':
      return csvText(cell as string);
    case 'credits':
      return credits(cell as bigint);
    case 'seconds':
      return seconds(cell as bigint);
    case 'time':
      return (cell as Date).toISOString();
    default:
      return String(cell);
  }
}

export const csvHeader = (names: readonly string[]): string => `${names.join(',')}\r\n`;
export const csvLine = (columns: readonly Column[], row: JobRow): string => `${columns.map((column) => csvCell(column.type, column.of(row))).join(',')}\r\n`;
