import {
  adminWords,
  Button,
  type Column,
  creditsWithUnit,
  EmptyState,
  ErrorState,
  Field,
  formatCredits,
  formatDay,
  formatMicros,
  formatNumber,
  formatSeconds,
  Input,
  LoadingRows,
  localZone,
  PageFrame,
  Segments,
  Select,
  Skeleton,
  Table,
  type UsageFigures,
  type UsageResponse,
  type UsageRow,
  words,
} from '@atelier/ui-kit';
import { getBillingUsage, getTenant } from '@atelier/ui-kit/client';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ChartColumn } from 'lucide-react';
import { Guarded } from '../page-states.js';
import { GROUPS } from '../router.js';
import { DayChart } from './day-chart.js';
import { type Days, daysOf, zonesOf } from './range.js';

const w = adminWords.usage;
type Group = (typeof GROUPS)[number];

const ask = (days: Days, groupBy: Group, timeZone: string, cursor: string | undefined): Promise<UsageResponse> =>
  getBillingUsage({ query: { ...days, groupBy, timeZone, limit: 100, cursor } });

/** The days of a chart are asked for whole: a chart of a part would lie. */
async function askAllDays(days: Days, timeZone: string): Promise<UsageResponse> {
  let answer = await ask(days, 'day', timeZone, undefined);
  const rows = [...answer.data];
  while (answer.nextCursor) {
    answer = await ask(days, 'day', timeZone, answer.nextCursor);
    rows.push(...answer.data);
  }
  return { ...answer, data: rows };
}

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
  const tenant = useQuery({ queryKey: ['tenant'], queryFn: () => getTenant(), staleTime: 60_000 });
  const zone = search.zone ?? tenant.data?.timeZone ?? localZone;
  const days = daysOf(search, zone, new Date());
  const by = search.by ?? 'day';
  const known = search.zone !== undefined || !tenant.isPending;
  const chart = useQuery({ queryKey: ['usage', 'days', days, zone], queryFn: () => askAllDays(days, zone), enabled: known, placeholderData: keepPreviousData });
  const set = (change: Partial<typeof search>): void => void navigate({ to: '/usage', search: { ...search, ...change }, replace: true });
  const none = chart.data && chart.data.totals.jobs === 0;
  return (
    <PageFrame title={adminWords.pages.usage} about={`${w.about} ${w.range(formatDay(days.from), formatDay(days.to), zone)}.`}>
      <Controls days={days} zone={zone} zones={zonesOf([zone, tenant.data?.timeZone ?? 'UTC', localZone])} onChange={set} />
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
          <Rows days={days} by={by} zone={zone} />
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
    </PageFrame>
  );
}

interface ControlsProps {
  days: Days;
  zone: string;
  zones: string[];
  onChange: (change: { from?: string; to?: string; zone?: string }) => void;
}

function Controls({ days, zone, zones, onChange }: ControlsProps) {
  return (
    <div className="mb-6 grid grid-cols-2 gap-3 sm:grid-cols-[160px_160px_minmax(0,240px)]">
      <Field label={w.from}>
        {(ids) => (
          <Input
            {...ids}
            type="date"
            value={days.from}
            max={days.to}
            onChange={(event) => event.target.value && onChange({ from: event.target.value })}
            className="num"
          />
        )}
      </Field>
      <Field label={w.to}>
        {(ids) => (
          <Input
            {...ids}
            type="date"
            value={days.to}
            min={days.from}
            onChange={(event) => event.target.value && onChange({ to: event.target.value })}
            className="num"
          />
        )}
      </Field>
      <Field label={w.zone} className="col-span-2 sm:col-span-1">
        {(ids) => (
          <Select
            {...ids}
            value={zone}
            options={zones.map((value) => ({ value, label: value.replaceAll('_', ' ') }))}
            onChange={(event) => onChange({ zone: event.target.value })}
          />
        )}
      </Field>
    </div>
  );
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

function Rows({ days, by, zone }: { days: Days; by: Group; zone: string }) {
  const query = useInfiniteQuery({
    queryKey: ['usage', 'rows', days, by, zone],
    queryFn: ({ pageParam }) => ask(days, by, zone, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
  const rows = query.data?.pages.flatMap((page) => page.data) ?? [];
  const totals = query.data?.pages[0]?.totals;
  // Days without a job say nothing a chart does not say better.
  const shown = by === 'day' ? rows.filter(({ jobs }) => jobs > 0).reverse() : rows;
  const columns: Column<UsageRow>[] = [
    { key: 'label', header: w.headers[by], rowHeader: true, cell: (row) => <Label row={row} by={by} /> },
    { key: 'jobs', header: w.jobs, numeric: true, from: by === 'job' ? 'desktop' : undefined, cell: (row) => formatNumber(row.jobs) },
    { key: 'credits', header: w.credits, numeric: true, cell: (row) => formatCredits(row.credits) },
    { key: 'seconds', header: w.seconds, numeric: true, cell: (row) => formatSeconds(row.gpuSeconds, true) },
    ...(totals?.costMicros === undefined
      ? []
      : [{ key: 'cost', header: w.cost, numeric: true, cell: (row: UsageRow) => (row.costMicros === undefined ? '–' : formatMicros(row.costMicros)) }]),
  ];
  if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} inline />;
  if (!totals) return <LoadingRows />;
  const foot = {
    label: w.totals,
    jobs: formatNumber(totals.jobs),
    credits: creditsWithUnit(totals.credits),
    seconds: formatSeconds(totals.gpuSeconds, true),
    cost: totals.costMicros !== undefined && formatMicros(totals.costMicros),
  };
  return (
    <>
      <Table caption={`${adminWords.pages.usage}: ${w.groups[by]}`} columns={columns} rows={shown} rowKey={({ key }) => key} foot={foot} />
      {query.hasNextPage && (
        <Button className="mt-4" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {words.action.more}
        </Button>
      )}
    </>
  );
}

function Label({ row, by }: { row: UsageRow; by: Group }) {
  if (by === 'day') return <>{formatDay(row.key)}</>;
  if (by === 'operation') return <>{words.operation[row.key as keyof typeof words.operation] ?? row.label}</>;
  if (by !== 'job') return <>{row.label}</>;
  return (
    <a href={`/jobs/${row.key}`} className="underline underline-offset-4">
      <span className="line-clamp-1 max-w-md">{words.operation[row.label as keyof typeof words.operation] ?? row.label}</span>
    </a>
  );
}
