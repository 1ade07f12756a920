import {
  Badge,
  Button,
  type Column,
  ErrorState,
  formatCredits,
  formatDateTime,
  formatMicros,
  formatNumber,
  LoadingRows,
  operatorWords,
  ProgressBar,
  subtractCredits,
  Table,
} from '@atelier/ui-kit';
import { getOperatorPriceSimulationsById, type SimulatedTenant, type SimulationResponse } from '@atelier/ui-kit/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ScheduleDialog } from './schedule-dialog.js';

const w = operatorWords.prices;

/** What a draft would have brought; asked again while it is counted. */
export function SimulationView({ id }: { id: string }) {
  const [scheduling, setScheduling] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: ['price-simulations', id],
    queryFn: () => getOperatorPriceSimulationsById({ path: { id } }),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? 1_000 : false),
  });
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <LoadingRows />;
  const done = data.state === 'done';
  return (
    <>
      <header className="mb-4 flex flex-wrap items-start justify-between gap-3">
        <div>
          <h2 className="text-16 font-semibold">{data.note}</h2>
          <p className="num text-13 text-ink-faint">{w.period(formatDateTime(data.from), formatDateTime(data.to))}</p>
        </div>
        {data.scheduledVersion !== null ? (
          <Badge tone="good">{w.scheduled(data.scheduledVersion)}</Badge>
        ) : (
          <Button kind="main" disabled={!done} onClick={() => setScheduling(true)}>
            {w.schedule}
          </Button>
        )}
      </header>
      <div role="status" className="mb-6">
        {!done && (
          <>
            <ProgressBar value={data.progress} label={w.replaying} className="mb-1.5" />
            <p className="num text-13 text-ink-soft">{w.progress(formatNumber(data.jobs), `${Math.round(data.progress * 100)} %`)}</p>
          </>
        )}
        {done && (
          <p className="text-ink-soft">
            {w.jobs(data.jobs)} {data.unpriced > 0 && w.unpriced(data.unpriced)} {w.demand}
          </p>
        )}
      </div>
      <Figures simulation={data} />
      <div className="mt-8 grid gap-8 lg:grid-cols-2">
        <Changes title={w.losers} changes={data.losers} />
        <Changes title={w.winners} changes={data.winners} />
      </div>
      <ScheduleDialog id={id} open={scheduling} onClose={() => setScheduling(false)} />
    </>
  );
}

interface Figure {
  name: string;
  before: string;
  after: string;
}
const FIGURES: readonly Column<Figure>[] = [
  { key: 'name', header: w.figure, rowHeader: true, cell: ({ name }) => name },
  { key: 'before', header: w.before, numeric: true, cell: ({ before }) => before },
  { key: 'after', header: w.after, numeric: true, cell: ({ after }) => after },
];

function Figures({ simulation: { before, after, costMicros } }: { simulation: SimulationResponse }) {
  const rows: Figure[] = [
    { name: w.credits, before: formatCredits(before.credits), after: formatCredits(after.credits) },
    { name: w.revenue, before: formatMicros(before.revenueMicros), after: formatMicros(after.revenueMicros) },
    { name: w.cost, before: formatMicros(costMicros), after: formatMicros(costMicros) },
    { name: w.margin, before: formatMicros(before.marginMicros), after: formatMicros(after.marginMicros) },
  ];
  return <Table caption={w.figure} columns={FIGURES} rows={rows} rowKey={({ name }) => name} />;
}

const CHANGES: readonly Column<SimulatedTenant>[] = [
  { key: 'name', header: w.tenant, rowHeader: true, cell: ({ name }) => <span className="break-words">{name}</span> },
  { key: 'before', header: w.before, numeric: true, cell: ({ before }) => formatCredits(before) },
  { key: 'after', header: w.after, numeric: true, cell: ({ after }) => formatCredits(after) },
  { key: 'difference', header: w.difference, numeric: true, from: 'tablet', cell: ({ before, after }) => formatCredits(subtractCredits(after, before)) },
];

function Changes({ title, changes }: { title: string; changes: readonly SimulatedTenant[] }) {
  return (
    <section className="min-w-0">
      <h3 className="mb-2 text-14 font-semibold">{title}</h3>
      {changes.length === 0 ? (
        <p className="text-ink-soft">{w.nobody}</p>
      ) : (
        <Table caption={title} columns={CHANGES} rows={changes} rowKey={({ tenantId }) => tenantId} />
      )}
    </section>
  );
}
