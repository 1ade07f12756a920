import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Card } from '../components/card.js';
import { ErrorState, Skeleton } from '../components/states.js';
import { formatCredits } from '../format.js';
import { balanceQuery } from '../queries.js';
import { words } from '../strings.js';

const w = words.credits;

/** What there is to spend and what is held, with whatever a page puts beside and below. */
export function Sums({ beside, below }: { beside?: ReactNode; below?: ReactNode }) {
  const { data, error, refetch } = useQuery(balanceQuery);
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} inline />;
  return (
    <Card>
      <dl className="grid gap-6 sm:grid-cols-3">
        <Sum name={w.available} value={data && formatCredits(data.available)} unit={w.unit} />
        <Sum name={w.held} value={data && formatCredits(data.held)} unit={w.unit} />
        {beside}
      </dl>
      {below && <div className="mt-5 border-t border-line pt-4 text-13 text-ink-soft">{below}</div>}
    </Card>
  );
}

export const Sum = ({ name, value, unit, below }: { name: string; value: string | undefined; unit?: string; below?: string }) => (
  <div>
    <dt className="text-13 text-ink-faint">{name}</dt>
    <dd className="num mt-1 text-28 font-semibold tracking-tight">
      {value ?? <Skeleton className="h-8 w-28" />} {value && unit && <span className="text-14 font-normal tracking-normal text-ink-soft">{unit}</span>}
    </dd>
    {below && <dd className="num text-13 text-ink-soft">{below}</dd>}
  </div>
);
