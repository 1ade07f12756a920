import { adminWords, Button, creditsWithUnit, ErrorState, Notice, words } from '@atelier/ui-kit';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { purchaseQuery } from './purchases.js';

const w = adminWords.credits;
const ASK_MS = 2_000;

/** Whoever comes back from the page to pay on sees what became of it. */
export function CameBack() {
  const { purchase, canceled } = useSearch({ from: '/credits' });
  if (purchase) return <Arrival id={purchase} />;
  if (!canceled) return null;
  return (
    <Notice title={adminWords.payments.canceled} action={<Dismiss />} live>
      {w.canceledText}
    </Notice>
  );
}

function Arrival({ id }: { id: string }) {
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery({
    ...purchaseQuery(id),
    refetchInterval: (query) => (query.state.data && query.state.data.state !== 'open' ? false : ASK_MS),
  });
  const ended = !!data && data.state !== 'open';
  useEffect(() => {
    if (!ended) return;
    void queries.invalidateQueries({ queryKey: ['balance'] });
    void queries.invalidateQueries({ queryKey: ['purchases', 'list'] });
  }, [ended, queries]);
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} inline />;
  switch (data?.state) {
    case 'paid':
      return (
        <Notice tone="good" title={w.arrived(creditsWithUnit(data.credits))} action={<Dismiss />} live>
          {w.arrivedText}
        </Notice>
      );
    case 'failed':
    case 'expired':
      return (
        <Notice tone="warn" title={data.state === 'failed' ? w.notPaid : w.expired} action={<Dismiss />} live>
          {data.failure && `${data.failure} `}
          {w.again}
        </Notice>
      );
    default:
      return (
        <Notice title={w.arriving} live>
          {w.arrivingText}
        </Notice>
      );
  }
}

function Dismiss() {
  const navigate = useNavigate();
  return (
    <Button size="small" onClick={() => void navigate({ to: '/credits', search: {}, replace: true })}>
      {words.action.dismiss}
    </Button>
  );
}
