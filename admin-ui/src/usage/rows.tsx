import {
  adminWords,
  Button,
  type Column,
  creditsWithUnit,
  ErrorState,
  formatCredits,
  formatDay,
  formatMicros,
  formatNumber,
  formatSeconds,
  LoadingRows,
  Table,
  type UsageRow,
  words,
} from '@atelier/ui-kit';
import { useInfiniteQuery } from '@tanstack/react-query';
import { ask, type Group, type Question } from './asking.js';

const w = adminWords.usage;

interface Props {
  question: Question;
  by: Group;
  /** Goes into a row: its jobs, or of a job what it cost and why. */
  onOpen: (row: UsageRow) => void;
}

/** One row per group, with the totals of all; the files of the same range say the same. */
export function Rows({ question, by, onOpen }: Props) {
  const query = useInfiniteQuery({
    queryKey: ['usage', 'rows', question, by],
    queryFn: ({ pageParam }) => ask(question, by, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
  const rows = query.data?.pages.flatMap((page) => page.data) ?? [];
  const totals = query.data?.pages[0]?.totals;
  // Days without a job say nothing a chart does not say better.
  const shown = by === 'day' ? rows.filter(({ jobs }) => jobs > 0).reverse() : rows;
  const columns: Column<UsageRow>[] = [
    { key: 'label', header: w.headers[by], rowHeader: true, cell: (row) => <Opener row={row} by={by} onOpen={onOpen} /> },
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

/** What a group is called here. */
export function nameOfRow({ key, label }: Pick<UsageRow, 'key' | 'label'>, by: Group): string {
  if (by === 'day') return formatDay(key);
  if (by === 'operation' || by === 'job') return words.operation[label as keyof typeof words.operation] ?? label;
  return label;
}

function Opener({ row, by, onOpen }: { row: UsageRow; by: Group; onOpen: (row: UsageRow) => void }) {
  return (
    <button type="button" onClick={() => onOpen(row)} className="min-h-6 text-left underline underline-offset-4">
      <span className="line-clamp-1 max-w-md break-all">{nameOfRow(row, by)}</span>
    </button>
  );
}
