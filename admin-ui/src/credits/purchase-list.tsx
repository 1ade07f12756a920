import {
  adminWords,
  Badge,
  Card,
  type Column,
  creditsWithUnit,
  formatDateTime,
  formatExact,
  formatMicros,
  offersQuery,
  PagedList,
  type PurchaseView,
  Table,
  type Tone,
  usePaged,
} from '@atelier/ui-kit';
import { useQuery } from '@tanstack/react-query';
import { purchasesQuery } from './purchases.js';

const w = adminWords.credits;
const TONES: Record<PurchaseView['state'], Tone> = { open: 'neutral', paid: 'good', failed: 'bad', expired: 'neutral' };

const COLUMNS: readonly Column<PurchaseView>[] = [
  {
    key: 'what',
    header: w.what,
    rowHeader: true,
    cell: ({ credits, source, returned, failure }) => (
      <>
        {creditsWithUnit(credits)}
        <span className="block text-12 font-normal text-ink-faint">{w.sources[source]}</span>
        {returned !== '0' && <span className="block text-12 font-normal text-ink-soft">{w.returned(creditsWithUnit(returned))}</span>}
        {failure && <span className="block text-12 font-normal text-ink-soft">{failure}</span>}
      </>
    ),
  },
  { key: 'state', header: w.state, cell: ({ state }) => <Badge tone={TONES[state]}>{w.states[state]}</Badge> },
  { key: 'price', header: w.price, numeric: true, cell: ({ priceMicros }) => formatMicros(priceMicros) },
  {
    key: 'when',
    header: w.when,
    numeric: true,
    from: 'tablet',
    cell: ({ createdAt }) => (
      <time dateTime={createdAt} title={formatExact(createdAt)}>
        {formatDateTime(createdAt)}
      </time>
    ),
  },
];

/** What was bought; left out where nothing ever was and nothing can be. */
export function PurchaseList() {
  const { data: offers } = useQuery(offersQuery);
  const { rows, query } = usePaged(purchasesQuery);
  if (!offers?.billing && rows.length === 0) return null;
  return (
    <Card title={w.purchases}>
      <PagedList rows={rows} query={query} empty={<p className="text-ink-soft">{w.noPurchases}</p>}>
        <Table caption={w.purchases} columns={COLUMNS} rows={rows} rowKey={({ id }) => id} />
      </PagedList>
    </Card>
  );
}
