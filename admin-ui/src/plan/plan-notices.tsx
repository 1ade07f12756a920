import { adminWords, Button, creditsWithUnit, formatDateTime, Notice, planQuery, type SubscriptionView, type TenantPlan, words } from '@atelier/ui-kit';
import type { OffersResponse } from '@atelier/ui-kit/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { KeepButton, ResumeButton } from './rest-dialogs.js';
import { isLive, subscriptionQuery } from './subscription.js';

const w = adminWords.plan;
const ASK_MS = 2_000;
/** After so long somebody who looks at the page wants to know that it is not stuck. */
const LATE_MS = 60_000;

/** Whoever comes back from the page to pay on sees whether it worked, however late the payment service says so. */
export function CameBack() {
  const { subscribed, canceled } = useSearch({ from: '/plan' });
  const navigate = useNavigate();
  const dismiss = (
    <Button size="small" onClick={() => void navigate({ to: '/plan', search: {}, replace: true })}>
      {words.action.dismiss}
    </Button>
  );
  if (subscribed) return <Arrival dismiss={dismiss} />;
  if (!canceled) return null;
  return (
    <Notice title={adminWords.payments.canceled} action={dismiss} live>
      {w.canceledText}
    </Notice>
  );
}

function Arrival({ dismiss }: { dismiss: ReactNode }) {
  const queries = useQueryClient();
  const [late, setLate] = useState(false);
  const { data } = useQuery({ ...subscriptionQuery, refetchInterval: (query) => (isLive(query.state.data) ? false : ASK_MS) });
  const { data: plan } = useQuery(planQuery);
  const arrived = isLive(data);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), LATE_MS);
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => {
    if (arrived) for (const noun of ['plan', 'balance', 'offers']) void queries.invalidateQueries({ queryKey: [noun] });
  }, [arrived, queries]);
  if (arrived && plan?.plan === data.plan)
    return (
      <Notice tone="good" title={w.arrived(plan.name)} action={dismiss} live>
        {w.arrivedText(creditsWithUnit(plan.creditsPerMonth))}
      </Notice>
    );
  return (
    <Notice title={late ? w.late : w.arriving} live>
      {late ? w.lateText : w.arrivingText}
    </Notice>
  );
}

interface PendingProps {
  subscription: SubscriptionView;
  current: TenantPlan;
  offers: OffersResponse;
  mayChange: boolean;
}

/** What will change with the next period, or rests now, and the way back. */
export function PendingChange({ subscription, current, offers, mayChange }: PendingProps) {
  const { plan, seatsExtra, next, cancelAt, paused, periodEndsAt } = subscription;
  const nameOf = (name: string): string => offers.plans.find((one) => one.plan === name)?.name ?? name;
  const seats = current.plan === plan && current.seatPriceMicros !== null && seatsExtra > 0 ? current.limits.seats : null;
  const keep = mayChange && <KeepButton plan={plan} name={nameOf(plan)} seats={seats} />;
  if (paused)
    return (
      <Notice tone="warn" title={w.paused} action={mayChange && <ResumeButton />}>
        {w.pausedText}
      </Notice>
    );
  if (cancelAt)
    return (
      <Notice tone="warn" title={w.endsOn(nameOf(plan), formatDateTime(cancelAt))} action={keep}>
        {w.endsText}
      </Notice>
    );
  if (!next) return null;
  return (
    <Notice title={w.changesOn(nameOf(next.plan), formatDateTime(periodEndsAt))} action={keep}>
      {w.changesText(nameOf(plan), next.seatsExtra)}
    </Notice>
  );
}
