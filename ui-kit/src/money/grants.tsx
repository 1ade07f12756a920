import { useQuery } from '@tanstack/react-query';
import { Card } from '../components/card.js';
import { ErrorState, LoadingRows } from '../components/states.js';
import { type Column, Table } from '../components/table.js';
import { formatCredits, formatDateTime } from '../format.js';
import { balanceQuery } from '../queries.js';
import { words } from '../strings.js';
import type { GrantView } from '../views.js';

const w = words.credits;

export const grantKind = (kind: string): string => w.kinds[kind as keyof typeof w.kinds] ?? kind;

interface Placed extends GrantView {
  place: number;
}

const COLUMNS: readonly Column<Placed>[] = [
  { key: 'place', header: w.place, from: 'tablet', cell: ({ place }) => <span className="num text-ink-faint">{place}</span> },
  {
    key: 'kind',
    header: w.kind,
    rowHeader: true,
    cell: ({ kind, reason }) => (
      <>
        {grantKind(kind)}
        {reason && reason !== kind && <span className="block text-12 font-normal text-ink-faint">{reason}</span>}
      </>
    ),
  },
  { key: 'remaining', header: w.remaining, numeric: true, cell: ({ remaining }) => formatCredits(remaining) },
  { key: 'amount', header: w.amount, numeric: true, from: 'tablet', cell: ({ amount }) => formatCredits(amount) },
  { key: 'expires', header: w.expires, numeric: true, cell: ({ expiresAt }) => (expiresAt ? formatDateTime(expiresAt) : w.noExpiry) },
];

/** Where the credits come from, in the order in which they are spent. */
export function Grants() {
  const { data, error, refetch } = useQuery(balanceQuery);
  return (
    <Card title={w.grants}>
      {error && <ErrorState error={error} onRetry={() => void refetch()} inline />}
      {!data && !error && <LoadingRows rows={2} />}
      {data?.grants.length === 0 && <p className="text-ink-soft">{w.noGrants}</p>}
      {data && data.grants.length > 0 && (
        <Table caption={w.grants} columns={COLUMNS} rows={data.grants.map((grant, index) => ({ ...grant, place: index + 1 }))} rowKey={({ id }) => id} />
      )}
    </Card>
  );
}
