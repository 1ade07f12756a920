import {
  Badge,
  Button,
  buttonClass,
  type Column,
  EmptyState,
  ErrorState,
  formatDateTime,
  LoadingRows,
  operatorWords,
  paged,
  PagedList,
  PageFrame,
  Table,
  usePaged,
} from '@atelier/ui-kit';
import { getOperatorPriceLists, getOperatorPriceSimulations, type PriceListResponse, type SimulationResponse } from '@atelier/ui-kit/client';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Tags } from 'lucide-react';
import { useState } from 'react';
import { Guarded } from '../page-states.js';
import { DraftDialog } from './draft-dialog.js';
import { SimulationView } from './simulation-view.js';

const w = operatorWords.prices;

export default function PricesPage() {
  return (
    <Guarded right="operator:plans">
      <Prices />
    </Guarded>
  );
}

function Prices() {
  const { simulation } = useSearch({ from: '/prices' });
  const navigate = useNavigate();
  const [draft, setDraft] = useState<PriceListResponse | null>(null);
  const lists = useQuery({ queryKey: ['price-lists'], queryFn: () => getOperatorPriceLists() });
  const current = lists.data?.data.find((list) => list.current);
  return (
    <PageFrame
      title={operatorWords.pages.prices}
      about={w.about}
      action={
        simulation === undefined ? (
          <Button kind="main" disabled={!current} onClick={() => setDraft(current ?? null)}>
            {w.draft}
          </Button>
        ) : (
          <Link to="/prices" className={buttonClass('plain')}>
            {w.back}
          </Link>
        )
      }
    >
      {simulation !== undefined && <SimulationView key={simulation} id={simulation} />}
      {simulation === undefined && (
        <>
          {lists.error && <ErrorState error={lists.error} onRetry={() => void lists.refetch()} />}
          {lists.isPending && <LoadingRows rows={2} />}
          {lists.data && <Table caption={w.lists} columns={LISTS} rows={lists.data.data} rowKey={({ version }) => String(version)} />}
          <h2 className="mt-10 mb-3 text-16 font-semibold">{w.simulations}</h2>
          <Simulations />
        </>
      )}
      <DraftDialog from={draft} onClose={() => setDraft(null)} onMade={({ id }) => void navigate({ to: '/prices', search: { simulation: id } })} />
    </PageFrame>
  );
}

const stateOf = ({ current, effectiveFrom }: PriceListResponse): keyof typeof w.states =>
  current ? 'current' : Date.parse(effectiveFrom) > Date.now() ? 'announced' : 'past';

const LISTS: readonly Column<PriceListResponse>[] = [
  {
    key: 'version',
    header: w.version,
    rowHeader: true,
    cell: ({ version, note }) => (
      <>
        {version}
        <span className="block text-13 font-normal text-ink-faint">{note}</span>
      </>
    ),
  },
  {
    key: 'state',
    header: w.state,
    cell: (list) => <Badge tone={list.current ? 'good' : 'neutral'}>{w.states[stateOf(list)]}</Badge>,
  },
  { key: 'from', header: w.from, numeric: true, cell: ({ effectiveFrom }) => formatDateTime(effectiveFrom) },
];

const SIMULATIONS: readonly Column<SimulationResponse>[] = [
  { key: 'note', header: w.note, rowHeader: true, cell: ({ note }) => <span className="line-clamp-2 max-w-md">{note}</span> },
  { key: 'period', header: w.periodFrom, from: 'desktop', cell: ({ from, to }) => w.period(formatDateTime(from), formatDateTime(to)) },
  {
    key: 'state',
    header: w.state,
    cell: ({ state, scheduledVersion }) =>
      scheduledVersion === null ? <Badge>{w[state]}</Badge> : <Badge tone="good">{w.scheduledAs(scheduledVersion)}</Badge>,
  },
  {
    key: 'open',
    header: w.openShort,
    numeric: true,
    cell: ({ id, note }) => (
      <Link to="/prices" search={{ simulation: id }} aria-label={w.open(note)} className="underline underline-offset-4">
        {w.openShort}
      </Link>
    ),
  },
];

const simulationsQuery = paged(['price-simulations'], (cursor) => getOperatorPriceSimulations({ query: { limit: 20, cursor } }));

function Simulations() {
  const { rows, query } = usePaged(simulationsQuery);
  return (
    <PagedList
      rows={rows}
      query={query}
      empty={
        <EmptyState icon={<Tags aria-hidden />} title={w.noSimulations}>
          {w.noSimulationsText}
        </EmptyState>
      }
    >
      <Table caption={w.simulations} columns={SIMULATIONS} rows={rows} rowKey={({ id }) => id} />
    </PagedList>
  );
}
