import {
  Card,
  type Column,
  creditsWithUnit,
  ErrorState,
  type Explanation,
  explanationQuery,
  Facts,
  formatCredits,
  formatExact,
  formatMicros,
  formatSeconds,
  grantKind,
  LoadingRows,
  movementOf,
  studioWords,
  Table,
  words,
} from '@atelier/ui-kit';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';

const w = studioWords.why;
type Attempt = Explanation['attempts'][number];
type Entry = Explanation['entries'][number];

/** What a job cost and why, from what was stored at the time: the rule, the price, the way of the credits, the work behind it. */
export function Why({ jobId }: { jobId: string }) {
  const { data, error, refetch } = useQuery(explanationQuery(jobId));
  return (
    <Card title={w.title}>
      {error && <ErrorState error={error} onRetry={() => void refetch()} inline />}
      {!data && !error && <LoadingRows rows={4} className="h-5" />}
      {data && (
        <div className="flex flex-col gap-5">
          <p>{data.rule ?? w.undecided}</p>
          <Price quote={data.quote} />
          <Way explanation={data} />
          <Attempts attempts={data.attempts} seconds={data.gpu.seconds} />
        </div>
      )}
    </Card>
  );
}

const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <section>
    <h3 className="mb-1.5 text-13 font-semibold">{title}</h3>
    {children}
  </section>
);

function Price({ quote }: { quote: Explanation['quote'] }) {
  return (
    <Part title={w.price(quote.priceListVersion)}>
      <dl className="num grid grid-cols-[1fr_auto_auto] gap-x-6 gap-y-1 text-13">
        {quote.lines.map(({ description, quantity, unit, credits }, index) => (
          <div key={index} className="contents">
            <dt className="text-ink-soft">{description}</dt>
            <dd className="text-right text-ink-faint">{w.times(quantity, formatCredits(unit))}</dd>
            <dd className="text-right">{formatCredits(credits)}</dd>
          </div>
        ))}
        <div className="contents font-semibold">
          <dt className="col-span-2">{studioWords.create.total}</dt>
          <dd className="text-right">{creditsWithUnit(quote.credits)}</dd>
        </div>
      </dl>
    </Part>
  );
}

/** The hold and the postings of the ledger, oldest first, then the grants that paid. */
function Way({ explanation: { entries, allocations, rule } }: { explanation: Explanation }) {
  const paid = allocations.filter(({ charged }) => charged !== '0');
  return (
    <Part title={w.way}>
      <ol className="num flex flex-col gap-1 text-13">
        {entries.map((entry) => (
          <li key={entry.seq} className="flex justify-between gap-x-6 max-sm:flex-col">
            <span>{moved(entry, rule)}</span>
            <time dateTime={entry.at} className="text-ink-faint">
              {formatExact(entry.at)}
            </time>
          </li>
        ))}
      </ol>
      {paid.length > 0 && (
        <Facts className="mt-2" rows={[[w.paidFrom, paid.map(({ kind, charged }) => w.paidBy(grantKind(kind), formatCredits(charged))).join(', ')]]} />
      )}
    </Part>
  );
}

/** The rule stands above already. */
function moved(entry: Entry, rule: string | null): string {
  const { what } = movementOf(entry);
  return `${words.credits.movements[what]}: ${creditsWithUnit(entry.amount)}${entry.reason && entry.reason !== rule ? ` (${entry.reason})` : ''}`;
}

function Attempts({ attempts, seconds }: { attempts: Attempt[]; seconds: number }) {
  const costs = attempts.some(({ costMicros }) => costMicros !== undefined);
  return (
    <Part title={w.attempts}>
      {attempts.length === 0 ? (
        <p className="text-13 text-ink-soft">{w.noAttempts}</p>
      ) : (
        <>
          <Table
            caption={w.attempts}
            columns={costs ? [...COLUMNS, ...COSTS] : COLUMNS}
            rows={attempts}
            rowKey={({ taskId, attempt }) => `${taskId}/${attempt}`}
          />
          <p className="num mt-2 text-13 text-ink-soft">
            {w.total}: {formatSeconds(seconds, true)}. {w.metered}
          </p>
        </>
      )}
    </Part>
  );
}

const named = (names: Record<string, string>, value: string): string => names[value] ?? value;
const COLUMNS: readonly Column<Attempt>[] = [
  { key: 'machine', header: w.machine, rowHeader: true, cell: (attempt) => `${attempt.class} · ${named(w.capacities, attempt.capacity)}` },
  { key: 'outcome', header: w.outcome, cell: ({ outcome }) => named(w.outcomes, outcome) },
  { key: 'load', header: w.load, numeric: true, from: 'tablet', cell: ({ loadSeconds }) => formatSeconds(loadSeconds, true) },
  { key: 'work', header: w.work, numeric: true, cell: ({ workSeconds }) => formatSeconds(workSeconds, true) },
  {
    key: 'wasted',
    header: w.wasted,
    numeric: true,
    from: 'tablet',
    cell: ({ wastedSeconds }) => (wastedSeconds > 0 ? formatSeconds(wastedSeconds, true) : '–'),
  },
];
const COSTS: readonly Column<Attempt>[] = [
  { key: 'rate', header: w.rate, numeric: true, cell: ({ usdMicrosPerHour }) => (usdMicrosPerHour ? w.rateOf(formatMicros(usdMicrosPerHour)) : '–') },
  { key: 'cost', header: w.cost, numeric: true, cell: ({ costMicros }) => (costMicros ? formatMicros(costMicros) : '–') },
];
