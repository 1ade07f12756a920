import {
  adminWords,
  Badge,
  Button,
  Card,
  creditsWithUnit,
  ErrorState,
  formatCredits,
  formatDateTime,
  formatMicros,
  formatSeconds,
  Notice,
  offersQuery,
  toast,
} from '@atelier/ui-kit';
import { getBillingTopUp, putBillingTopUp, type TopUpResponse } from '@atelier/ui-kit/client';
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useMayPay } from '../plan/payment-notices.js';
import { TopUpDialog } from './top-up-dialog.js';

const w = adminWords.topUp;
export const topUpQuery = queryOptions({ queryKey: ['topUp'], queryFn: () => getBillingTopUp() });

/** Whether a pack is bought by itself, by which terms, and why it stopped if it did. */
export function TopUpCard() {
  const { data: offers } = useQuery(offersQuery);
  const { data, error, refetch } = useQuery({ ...topUpQuery, enabled: offers?.billing === true });
  const mayPay = useMayPay();
  const [open, setOpen] = useState(false);
  if (!offers?.billing) return null;
  return (
    <Card title={w.title} aside={data && <Badge tone={data.enabled ? 'good' : 'neutral'}>{data.enabled ? w.on : w.off}</Badge>}>
      <p className="mb-3 max-w-prose text-13 text-ink-soft">{w.about}</p>
      {error && <ErrorState error={error} onRetry={() => void refetch()} inline />}
      {data && (
        <div className="flex flex-col gap-3">
          {data.stoppedBecause && (
            <Notice tone="bad" title={w.stopped}>
              {w.stoppedText(data.stoppedBecause)}
            </Notice>
          )}
          {data.enabled && data.notBefore && Date.parse(data.notBefore) > Date.now() && <Notice tone="warn" title={w.waits(formatDateTime(data.notBefore))} />}
          <p>{data.enabled ? termsOf(data) : w.none}</p>
          {mayPay && (
            <p className="flex flex-wrap gap-2">
              <Button onClick={() => setOpen(true)}>{w.set}</Button>
              {data.enabled && <SwitchOff topUp={data} />}
            </p>
          )}
        </div>
      )}
      {open && data && <TopUpDialog topUp={data} packs={offers.packs} onClose={() => setOpen(false)} />}
    </Card>
  );
}

const termsOf = ({ pack, threshold, dayMaxMicros, coolDownMinutes }: TopUpResponse): string =>
  w.terms(creditsWithUnit(pack), formatCredits(threshold), formatMicros(dayMaxMicros), formatSeconds(coolDownMinutes * 60));

function SwitchOff({ topUp: { threshold, pack, dayMaxMicros, coolDownMinutes } }: { topUp: TopUpResponse }) {
  const queries = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => putBillingTopUp({ body: { enabled: false, threshold, pack, dayMaxMicros, coolDownMinutes } }),
    onSuccess: (after) => {
      queries.setQueryData(topUpQuery.queryKey, after);
      toast(w.switchedOff);
    },
  });
  return (
    <>
      <Button busy={isPending} onClick={() => mutate()}>
        {w.switchOff}
      </Button>
      {error && <ErrorState error={error} inline />}
    </>
  );
}
