import { Badge, type Column, ErrorState, Facts, formatCredits, formatExact, formatNumber, LoadingRows, operatorWords, PageFrame, Table } from '@atelier/ui-kit';
import { getOperatorReconciliation, type ReconciledRule, type ReconciliationResponse } from '@atelier/ui-kit/client';
import { useQuery } from '@tanstack/react-query';
import { Guarded } from '../page-states.js';

const w = operatorWords.reconciliation;

export default function ReconciliationPage() {
  return (
    <Guarded right="operator:plans">
      <PageFrame title={operatorWords.pages.reconciliation} about={w.about}>
        <Report />
      </PageFrame>
    </Guarded>
  );
}

const RULES: readonly Column<ReconciledRule>[] = [
  {
    key: 'rule',
    header: w.rule,
    rowHeader: true,
    cell: ({ name, first }) => (
      <>
        <span className="break-words">{name}</span>
        {first !== null && (
          <details className="mt-1 text-13 font-normal">
            <summary className="cursor-pointer text-ink-soft">{w.first}</summary>
            <code className="block max-w-xl font-mono text-12 break-all">{first}</code>
          </details>
        )}
      </>
    ),
  },
  { key: 'state', header: w.state, cell: ({ drift }) => (drift === 0 ? <Badge tone="good">{w.holds}</Badge> : <Badge tone="bad">{w.breaks}</Badge>) },
  { key: 'drift', header: w.drift, numeric: true, from: 'tablet', cell: ({ drift }) => formatNumber(drift) },
];

function Report() {
  const { data, error, refetch } = useQuery({ queryKey: ['reconciliation'], queryFn: () => getOperatorReconciliation() });
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <LoadingRows />;
  return (
    <>
      <p className="mb-4 flex flex-wrap items-center gap-3">
        <Badge tone={data.drift === 0 ? 'good' : 'bad'}>{data.drift === 0 ? w.whole : w.broken(data.drift)}</Badge>
        <span className="num text-13 text-ink-faint">{w.checked(formatExact(data.checkedAt))}</span>
      </p>
      <Books books={data.books} />
      <Table caption={operatorWords.pages.reconciliation} columns={RULES} rows={data.rules} rowKey={({ name }) => name} />
      <p className="mt-4 text-13 text-ink-faint">
        {w.command} <code className="font-mono">npm run ledger:verify</code>
      </p>
    </>
  );
}

function Books({ books }: { books: ReconciliationResponse['books'] }) {
  const rows = [
    [w.tenants, formatNumber(books.tenants)],
    [w.entries, formatNumber(BigInt(books.entries))],
    [w.sealed, formatNumber(BigInt(books.sealed))],
    [w.available, formatCredits(books.available)],
    [w.held, formatCredits(books.held)],
  ] as const;
  return <Facts rows={rows} className="mb-6 max-w-sm" />;
}
