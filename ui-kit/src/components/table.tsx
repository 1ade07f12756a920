import { clsx } from 'clsx';
import type { ReactNode } from 'react';

export interface Column<T> {
  key: string;
  header: string;
  cell: (row: T) => ReactNode;
  /** Numbers stand right, in tabular figures. */
  numeric?: boolean;
  /** Left out on narrower pages, so that what matters fits a phone. */
  from?: 'tablet' | 'desktop';
  /** Names the row for a screen reader; one column of a table. */
  rowHeader?: boolean;
}

interface Props<T> {
  /** Read aloud before the table. */
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  /** Shown below the rows, such as totals: one cell per column. */
  foot?: Record<string, ReactNode>;
}

const FROM = { tablet: 'hidden md:table-cell', desktop: 'hidden lg:table-cell' };

function cellClass<T>(column: Column<T>): string {
  return clsx(
    'px-3 py-2.5 align-top first:pl-0 last:pr-0',
    column.numeric ? 'num text-right whitespace-nowrap' : 'text-left',
    column.from && FROM[column.from],
  );
}

/** Scrolls sideways by itself when it does not fit; the scrolled part can be reached by keyboard. */
export function Table<T>({ caption, columns, rows, rowKey, foot }: Props<T>) {
  return (
    <div role="region" aria-label={caption} tabIndex={0} className="relative overflow-x-auto">
      <table className="w-full border-collapse text-14">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-b border-line">
            {columns.map((column) => (
              <th key={column.key} scope="col" className={clsx(cellClass(column), 'py-2! text-12 font-medium whitespace-nowrap text-ink-faint')}>
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)} className="border-b border-line last:border-0 hover:bg-hover/50">
              {columns.map((column) =>
                column.rowHeader ? (
                  <th key={column.key} scope="row" className={clsx(cellClass(column), 'font-medium')}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.key} className={cellClass(column)}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
        {foot && (
          <tfoot>
            <tr className="border-t border-line-strong font-semibold">
              {columns.map((column) => (
                <td key={column.key} className={cellClass(column)}>
                  {foot[column.key]}
                </td>
              ))}
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  );
}
