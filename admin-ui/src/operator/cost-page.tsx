import {
  type Column,
  EmptyState,
  ErrorState,
  Field,
  formatDay,
  formatMicros,
  formatNumber,
  Input,
  LoadingRows,
  operatorWords,
  PageFrame,
  Segments,
  Skeleton,
  Table,
  words,
} from '@atelier/ui-kit';
import { getOperatorBoxHours, getOperatorMargins, type MarginRow } from '@atelier/ui-kit/client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { CircleDollarSign } from 'lucide-react';
import { Guarded } from '../page-states.js';
import { MARGIN_GROUPS } from '../router.js';
import { type Days, daysOf } from '../usage/range.js';
import { BoxClasses, BoxGroups, BoxHoursChart } from './box-hours.js';

const w = operatorWords.cost;
type Group = (typeof MARGIN_GROUPS)[number];
type Split = 'pool' | 'class';

export default function CostPage() {
  return (
    <Guarded right="operator:plans">
      <Report />
    </Guarded>
  );
}

function Report() {
  const search = useSearch({ from: '/cost' });
  const navigate = useNavigate();
  const days = daysOf(search, 'UTC', new Date());
  const set = (change: Partial<typeof search>): void => void navigate({ to: '/cost', search: { ...search, ...change }, replace: true });
  return (
    <PageFrame title={operatorWords.pages.cost} about={w.about(formatDay(days.from), formatDay(days.to))}>
      <Range days={days} onChange={set} />
      <Hours days={days} split={search.split ?? 'pool'} onSplit={(split) => set({ split: split === 'pool' ? undefined : split })} />
      <h2 className="mt-10 text-16 font-semibold">{w.margin}</h2>
      <p className="mt-1 mb-3 max-w-prose text-ink-soft">{w.marginAbout}</p>
      <Segments<Group>
        label={w.by}
        value={search.by ?? 'tenant'}
        options={MARGIN_GROUPS.map((value) => ({ value, label: w.groups[value] }))}
        onChange={(by) => set({ by: by === 'tenant' ? undefined : by })}
        className="mb-3 max-w-xl overflow-x-auto"
      />
      <Margins days={days} by={search.by ?? 'tenant'} />
    </PageFrame>
  );
}

function Range({ days, onChange }: { days: Days; onChange: (change: { from?: string; to?: string }) => void }) {
  return (
    <div className="mb-6 grid max-w-sm grid-cols-2 gap-3">
      {(['from', 'to'] as const).map((end) => (
        <Field key={end} label={end === 'from' ? w.from : w.to}>
          {(ids) => (
            <Input {...ids} type="date" value={days[end]} className="num" onChange={({ target }) => target.value && onChange({ [end]: target.value })} />
          )}
        </Field>
      ))}
    </div>
  );
}

function Hours({ days, split, onSplit }: { days: Days; split: Split; onSplit: (split: Split) => void }) {
  const ask = (groupBy: 'day' | Split) => ({
    queryKey: ['box-hours', days, groupBy],
    queryFn: () => getOperatorBoxHours({ query: { ...days, groupBy } }),
    placeholderData: keepPreviousData,
  });
  const byDay = useQuery(ask('day'));
  const groups = useQuery(ask(split));
  if (byDay.error) return <ErrorState error={byDay.error} onRetry={() => void byDay.refetch()} />;
  if (!byDay.data) return <Skeleton className="h-56" />;
  if (byDay.data.boxes === 0)
    return (
      <EmptyState icon={<CircleDollarSign aria-hidden />} title={w.none}>
        {w.noneText}
      </EmptyState>
    );
  return (
    <>
      <h2 className="mb-3 text-16 font-semibold">
        {w.hours} <span className="text-13 font-normal text-ink-faint">{w.boxes(byDay.data.boxes)}</span>
      </h2>
      <BoxHoursChart rows={byDay.data.data} totals={byDay.data.totals} days={days} />
      <BoxClasses totals={byDay.data.totals} />
      <Segments<Split>
        label={w.split}
        value={split}
        options={(['pool', 'class'] as const).map((value) => ({ value, label: w.splits[value] }))}
        onChange={onSplit}
        className="mt-8 mb-3 max-w-xs"
      />
      {groups.data ? <BoxGroups report={groups.data} /> : <LoadingRows rows={2} />}
    </>
  );
}

const margins = (by: Group): readonly Column<MarginRow>[] => [
  { key: 'label', header: w.groups[by], rowHeader: true, cell: (row) => <Label row={row} by={by} /> },
  { key: 'jobs', header: w.jobs, numeric: true, from: 'tablet', cell: ({ jobs }) => formatNumber(jobs) },
  { key: 'revenue', header: w.revenue, numeric: true, cell: ({ revenueMicros }) => formatMicros(revenueMicros) },
  { key: 'cost', header: w.cost, numeric: true, from: 'tablet', cell: ({ costMicros }) => formatMicros(costMicros) },
  { key: 'absorbed', header: w.absorbed, numeric: true, from: 'desktop', cell: ({ absorbedMicros }) => formatMicros(absorbedMicros) },
  { key: 'overhead', header: w.overhead, numeric: true, from: 'tablet', cell: ({ overheadMicros }) => formatMicros(overheadMicros) },
  { key: 'margin', header: w.fullMargin, numeric: true, cell: ({ fullMarginMicros }) => formatMicros(fullMarginMicros) },
];

function Label({ row, by }: { row: MarginRow; by: Group }) {
  return (
    <span className="line-clamp-2 max-w-56 break-words">
      {by === 'operation' ? (words.operation[row.key as keyof typeof words.operation] ?? row.label) : row.label}
    </span>
  );
}

function Margins({ days, by }: { days: Days; by: Group }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['margins', days, by],
    queryFn: () => getOperatorMargins({ query: { ...days, groupBy: by } }),
  });
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} inline />;
  if (!data) return <LoadingRows />;
  if (data.data.length === 0) return <p className="text-ink-soft">{w.noMargin}</p>;
  const { totals } = data;
  const foot = {
    label: w.total,
    jobs: formatNumber(totals.jobs),
    revenue: formatMicros(totals.revenueMicros),
    cost: formatMicros(totals.costMicros),
    absorbed: formatMicros(totals.absorbedMicros),
    overhead: formatMicros(totals.overheadMicros),
    margin: formatMicros(totals.fullMarginMicros),
  };
  return (
    <>
      <Table caption={w.margin} columns={margins(by)} rows={data.data} rowKey={({ key }) => key} foot={foot} />
      <p className="mt-3 text-13 text-ink-faint">
        {data.omitted > 0 && `${w.omitted(data.omitted)} `}
        {data.unattributedMicros !== '0' && w.unattributed(formatMicros(data.unattributedMicros))}
      </p>
    </>
  );
}
