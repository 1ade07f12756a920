import type { ReactNode } from 'react';
import { Card } from '../components/card.js';
import { type Column, Table } from '../components/table.js';
import { formatCredits, formatDateTime, formatExact, localZone } from '../format.js';
import { PagedList, usePaged } from '../paging.js';
import { ledgerQuery } from '../queries.js';
import { words } from '../strings.js';
import type { LedgerRow } from '../views.js';
import { movementOf } from './movement.js';

const w = words.credits;

/** Every movement of credits, newest first. `jobLink` is how this app leads to a job. */
export function Statement({ jobLink }: { jobLink: (jobId: string, text: string) => ReactNode }) {
  const { rows, query } = usePaged(ledgerQuery);
  const columns: readonly Column<LedgerRow>[] = [
    {
      key: 'what',
      header: w.what,
      rowHeader: true,
      cell: (row) => (
        <>
          {w.movements[movementOf(row).what]}
          {row.jobId && <span className="ml-2 text-13 font-normal text-ink-soft">{jobLink(row.jobId, w.job)}</span>}
          {row.reason && <span className="block text-12 font-normal text-ink-faint">{row.reason}</span>}
        </>
      ),
    },
    {
      key: 'change',
      header: w.change,
      numeric: true,
      cell: (row) => <span className={movementOf(row).sign === '+' ? 'text-good' : undefined}>{`${movementOf(row).sign}${formatCredits(row.amount)}`}</span>,
    },
    {
      key: 'when',
      header: w.when,
      numeric: true,
      cell: ({ createdAt }) => (
        <time dateTime={createdAt} title={formatExact(createdAt)}>
          {formatDateTime(createdAt)}
        </time>
      ),
    },
  ];
  return (
    <Card title={w.ledger} aside={<span className="text-12 text-ink-faint">{w.zone(localZone)}</span>}>
      <PagedList rows={rows} query={query} empty={<p className="text-ink-soft">{w.noLedger}</p>}>
        <Table caption={w.ledger} columns={columns} rows={rows} rowKey={({ seq }) => String(seq)} />
      </PagedList>
    </Card>
  );
}
