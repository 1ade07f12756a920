import {
  balanceQuery,
  Card,
  type Column,
  creditsWithUnit,
  ErrorState,
  formatCredits,
  formatDateTime,
  formatExact,
  type GrantView,
  type LedgerRow,
  ledgerQuery,
  localZone,
  PagedList,
  PageFrame,
  planQuery,
  Skeleton,
  studioWords,
  Table,
  usePaged,
} from '@atelier/ui-kit';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { movementOf } from './movement.js';

const w = studioWords.credits;

export default function CreditsPage() {
  return (
    <PageFrame title={studioWords.pages.credits} about={w.about}>
      <div className="flex flex-col gap-6">
        <Sums />
        <Grants />
        <Ledger />
      </div>
    </PageFrame>
  );
}

function Sums() {
  const { data, error, refetch } = useQuery(balanceQuery);
  const { data: plan } = useQuery(planQuery);
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} inline />;
  return (
    <Card>
      <dl className="grid gap-6 sm:grid-cols-3">
        <Sum name={w.available} value={data && formatCredits(data.available)} unit={w.unit} />
        <Sum name={w.held} value={data && formatCredits(data.held)} unit={w.unit} />
        <Sum name={w.plan} value={plan?.name} below={plan && w.planLine(creditsWithUnit(plan.creditsPerMonth))} />
      </dl>
      <p className="mt-5 border-t border-line pt-4 text-13 text-ink-soft">{w.payments}</p>
    </Card>
  );
}

const Sum = ({ name, value, unit, below }: { name: string; value: string | undefined; unit?: string; below?: string }) => (
  <div>
    <dt className="text-13 text-ink-faint">{name}</dt>
    <dd className="num mt-1 text-28 font-semibold tracking-tight">
      {value ?? <Skeleton className="h-8 w-28" />} {value && unit && <span className="text-14 font-normal tracking-normal text-ink-soft">{unit}</span>}
    </dd>
    {below && <dd className="num text-13 text-ink-soft">{below}</dd>}
  </div>
);

const kindName = (grant: GrantView): string => w.kinds[grant.kind as keyof typeof w.kinds] ?? grant.kind;
const GRANTS: readonly Column<GrantView>[] = [
  {
    key: 'kind',
    header: w.kind,
    rowHeader: true,
    cell: (grant) => (
      <>
        {kindName(grant)}
        {grant.reason && grant.reason !== grant.kind && <span className="block text-12 font-normal text-ink-faint">{grant.reason}</span>}
      </>
    ),
  },
  { key: 'remaining', header: w.remaining, numeric: true, cell: (grant) => formatCredits(grant.remaining) },
  { key: 'amount', header: w.amount, numeric: true, cell: (grant) => formatCredits(grant.amount) },
  { key: 'expires', header: w.expires, numeric: true, from: 'tablet', cell: (grant) => (grant.expiresAt ? formatDateTime(grant.expiresAt) : w.noExpiry) },
];

function Grants() {
  const { data } = useQuery(balanceQuery);
  if (!data) return null;
  return (
    <Card title={w.grants}>
      {data.grants.length === 0 ? (
        <p className="text-ink-soft">{w.noGrants}</p>
      ) : (
        <Table caption={w.grants} columns={GRANTS} rows={data.grants} rowKey={({ id }) => id} />
      )}
    </Card>
  );
}

const LEDGER: readonly Column<LedgerRow>[] = [
  {
    key: 'what',
    header: w.what,
    rowHeader: true,
    cell: (row) => (
      <>
        {w.movements[movementOf(row).what]}
        {row.jobId && (
          <Link to="/jobs/$jobId" params={{ jobId: row.jobId }} className="ml-2 text-13 font-normal text-ink-soft underline underline-offset-4">
            {w.job}
          </Link>
        )}
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
    cell: (row) => (
      <time dateTime={row.createdAt} title={formatExact(row.createdAt)}>
        {formatDateTime(row.createdAt)}
      </time>
    ),
  },
];

function Ledger() {
  const { rows, query } = usePaged(ledgerQuery);
  return (
    <Card title={w.ledger} aside={<span className="text-12 text-ink-faint">{w.zone(localZone)}</span>}>
      <PagedList rows={rows} query={query} empty={<p className="text-ink-soft">{w.noLedger}</p>}>
        <Table caption={w.ledger} columns={LEDGER} rows={rows} rowKey={({ seq }) => String(seq)} />
      </PagedList>
    </Card>
  );
}
