import {
  adminWords,
  Button,
  buttonClass,
  EmptyState,
  ErrorState,
  formatCredits,
  formatDay,
  formatMicros,
  formatNumber,
  formatSeconds,
  localZone,
  meQuery,
  PageFrame,
  Segments,
  Skeleton,
  type UsageFigures,
  type UsageRow,
} from '@atelier/ui-kit';
import { getTenant } from '@atelier/ui-kit/client';
import { keepPreviousData, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { ChartColumn } from 'lucide-react';
import { useState } from 'react';
import { Guarded } from '../page-states.js';
import { ask, type Dimension, type Group, GROUPS, NARROWED_BY } from './asking.js';
import { Controls, Filters } from './controls.js';
import { DayChart } from './day-chart.js';
import { JobDialog } from './job-dialog.js';
import { daysOf, zonesOf } from './range.js';
import { nameOfRow, Rows } from './rows.js';

const w = adminWords.usage;

export default function UsagePage() {
  return (
    <Guarded right="usage:read">
      <Report />
    </Guarded>
  );
}

function Report() {
  const search = useSearch({ from: '/usage' });
  const navigate = useNavigate();
  const mayExport = useSuspenseQuery(meQuery).data.permissions.includes('usage:export');
  const [job, setJob] = useState<UsageRow | null>(null);
  const tenant = useQuery({ queryKey: ['tenant'], queryFn: () => getTenant(), staleTime: 60_000 });
  const zone = search.zone ?? tenant.data?.timeZone ?? localZone;
  const days = daysOf(search, zone, new Date());
  const by = search.by ?? 'day';
  const only = Object.fromEntries(NARROWED_BY.flatMap((dimension) => (search[dimension] === undefined ? [] : [[dimension, search[dimension]]])));
  const question = { days, zone, only };
  const chart = useQuery({
    queryKey: ['usage', 'days', question],
    queryFn: () => ask(question, 'day'),
    enabled: search.zone !== undefined || !tenant.isPending,
    placeholderData: keepPreviousData,
  });
  const set = (change: Partial<typeof search>): void => void navigate({ to: '/usage', search: { ...search, ...change }, replace: true });
  /** Into a row: a day, or all that has one value, job by job; back by the browser's own button. */
  const open = (row: UsageRow): void => {
    if (by === 'job') return setJob(row);
    const narrower = by === 'day' ? { from: row.key, to: row.key } : { [by]: row.key };
    void navigate({ to: '/usage', search: { ...search, zone, from: days.from, to: days.to, ...narrower, by: 'job' } });
  };
  const none = chart.data && chart.data.totals.jobs === 0;
  return (
    <PageFrame
      title={adminWords.pages.usage}
      about={`${w.about} ${w.range(formatDay(days.from), formatDay(days.to), zone)}.`}
      action={
        mayExport && (
          <Link to="/exports" search={{ ...days, zone, make: true }} className={buttonClass()}>
            {w.export}
          </Link>
        )
      }
    >
      <Controls days={days} zone={zone} zones={zonesOf([zone, tenant.data?.timeZone ?? 'UTC', localZone])} onChange={set} />
      <NamedFilters question={question} onDrop={(dimension) => set({ [dimension]: undefined })} />
      {chart.error && <ErrorState error={chart.error} onRetry={() => void chart.refetch()} />}
      {!chart.data && !chart.error && <Skeleton className="h-56" />}
      {chart.data && !none && (
        <>
          <Totals totals={chart.data.totals} />
          <DayChart rows={chart.data.data} days={days} />
          <Segments<Group>
            label={w.groupBy}
            value={by}
            options={GROUPS.map((value) => ({ value, label: w.groups[value] }))}
            onChange={(next) => set({ by: next === 'day' ? undefined : next })}
            className="mt-8 mb-3 max-w-2xl overflow-x-auto"
          />
          <Rows question={question} by={by} onOpen={open} />
        </>
      )}
      {none && (
        <EmptyState
          icon={<ChartColumn aria-hidden />}
          title={w.empty}
          action={(search.from || search.to) && <Button onClick={() => set({ from: undefined, to: undefined })}>{w.emptyAction}</Button>}
        >
          {w.emptyText}
        </EmptyState>
      )}
      {job && <JobDialog row={job} onClose={() => setJob(null)} />}
    </PageFrame>
  );
}

/** The address has ids; the report itself knows what they are called. */
function NamedFilters({ question, onDrop }: { question: Parameters<typeof ask>[0]; onDrop: (dimension: Dimension) => void }) {
  const { only } = question;
  const set = NARROWED_BY.filter((dimension) => only[dimension] !== undefined);
  const names = useQuery({
    queryKey: ['usage', 'names', question],
    queryFn: async () => new Map(await Promise.all(set.map(async (dimension) => [dimension, (await ask(question, dimension)).data[0]] as const))),
    enabled: set.length > 0,
    placeholderData: keepPreviousData,
  });
  const nameOf = (dimension: Dimension): string => {
    const row = names.data?.get(dimension);
    return row && row.key === only[dimension] ? nameOfRow(row, dimension) : only[dimension]!;
  };
  return <Filters only={only} nameOf={nameOf} onDrop={onDrop} />;
}

function Totals({ totals }: { totals: UsageFigures }) {
  const sums = [
    [w.credits, formatCredits(totals.credits)],
    [w.jobs, formatNumber(totals.jobs)],
    [w.seconds, formatSeconds(totals.gpuSeconds, true)],
    ...(totals.costMicros === undefined ? [] : [[w.cost, formatMicros(totals.costMicros)]]),
  ];
  return (
    <dl className="mb-6 flex flex-wrap gap-x-12 gap-y-4">
      {sums.map(([name, value]) => (
        <div key={name}>
          <dt className="text-13 text-ink-faint">{name}</dt>
          <dd className="num text-28 font-semibold tracking-tight">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
