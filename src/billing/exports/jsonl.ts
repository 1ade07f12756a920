import { credits, seconds } from './decimal.js';
import type { Cell, Column, JobRow } from './job-row.js';

/** As in the API: credits and micros are strings, seconds a number with all its digits. */
function jsonCell(type: Column['type'], cell: Cell): string {
  if (cell === null) return 'null';
  switch (type) {
    case 'credits':
      return `"${credits(cell as bigint)}"`;
    case 'micros':
      return `"${cell as bigint}"`;
    case 'seconds':
      return seconds(cell as bigint);
    case 'time':
      return `"${(cell as Date).toISOString()}"`;
    default:
      return JSON.stringify(cell);
  }
}

export const jsonLine = (columns: readonly Column[], row: JobRow): string =>
  `{${columns.map((column) => `"${column.name}":${jsonCell(column.type, column.of(row))}`).join(',')}}\n`;
