import {
  adminWords,
  Badge,
  Button,
  Card,
  creditsWithUnit,
  ErrorState,
  Facts,
  formatDateTime,
  formatMicros,
  formatNumber,
  LoadingRows,
  type OfferedPlan,
  offersQuery,
  PageFrame,
  planQuery,
  type SubscriptionView,
  type TenantPlan,
} from '@atelier/ui-kit';
import { getTenantMembers } from '@atelier/ui-kit/client';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Guarded } from '../page-states.js';
import { ChangeDialog } from './change-dialog.js';
import { PaymentNotices, PortalButton, useMayPay } from './payment-notices.js';
import { PlanComparison } from './plan-comparison.js';
import { CameBack, PendingChange } from './plan-notices.js';
import { EndDialog, PauseDialog, ResumeButton } from './rest-dialogs.js';
import { isLive, subscriptionQuery } from './subscription.js';

const w = adminWords.plan;

export default function PlanPage() {
  return (
    <Guarded right="billing:read">
      <Plan />
    </Guarded>
  );
}

/** Active members; unknown where they are more than one asks for at once. */
async function countSeats(): Promise<number | null> {
  const { data, hasMore } = await getTenantMembers({ query: { limit: 100 } });
  return hasMore ? null : data.filter(({ status }) => status === 'active').length;
}

type Open = { what: 'change'; plan: OfferedPlan } | { what: 'end' | 'pause' } | null;

function Plan() {
  const plan = useQuery(planQuery);
  const offers = useQuery(offersQuery);
  const subscription = useQuery(subscriptionQuery);
  const mayPay = useMayPay();
  const [open, setOpen] = useState<Open>(null);
  const close = (): void => setOpen(null);
  const fault = [plan, offers, subscription].find(({ error }) => error);
  const live = isLive(subscription.data) ? subscription.data : null;
  const mayChange = mayPay && !!offers.data?.billing;
  const nameOf = (name: string): string => offers.data?.plans.find((one) => one.plan === name)?.name ?? name;
  const ready = plan.data && offers.data && subscription.data !== undefined;
  return (
    <PageFrame title={adminWords.pages.plan} about={w.about} action={mayChange && live && <PortalButton />}>
      <div className="flex flex-col gap-6">
        <PaymentNotices />
        <CameBack />
        {live && plan.data && offers.data && <PendingChange subscription={live} current={plan.data} offers={offers.data} mayChange={mayChange} />}
        {fault && <ErrorState error={fault.error} onRetry={() => void fault.refetch()} />}
        {!ready && !fault && <LoadingRows rows={4} className="h-20" />}
        {ready && (
          <>
            <Current plan={plan.data} offered={offers.data.plans} subscription={live} billing={offers.data.billing}>
              {mayChange && live && (
                <div className="mt-4 flex flex-wrap gap-2 border-t border-line pt-4">
                  <SeatsButton
                    plan={plan.data}
                    offered={offers.data.plans}
                    seatsExtra={live.seatsExtra}
                    onOpen={(chosen) => setOpen({ what: 'change', plan: chosen })}
                  />
                  {live.paused ? <ResumeButton /> : <Button onClick={() => setOpen({ what: 'pause' })}>{w.pause}</Button>}
                  {!live.cancelAt && <Button onClick={() => setOpen({ what: 'end' })}>{w.end}</Button>}
                </div>
              )}
            </Current>
            <PlanComparison
              offers={offers.data}
              current={plan.data}
              subscription={live}
              // A contract is changed by those who made it, and what rests goes on first.
              mayChange={mayChange && plan.data.priceMicrosPerMonth !== null && !live?.paused}
              onChoose={(chosen) => (chosen.priceMicrosPerMonth === '0' ? setOpen({ what: 'end' }) : setOpen({ what: 'change', plan: chosen }))}
            />
          </>
        )}
      </div>
      {open?.what === 'change' && <ChangeDialog plan={open.plan} subscription={live} now={plan.data!.name} onClose={close} />}
      {open?.what === 'end' && live && <EndDialog name={nameOf(live.plan)} until={live.periodEndsAt} onClose={close} />}
      {open?.what === 'pause' && <PauseDialog onClose={close} />}
    </PageFrame>
  );
}

interface SeatsProps {
  plan: TenantPlan;
  offered: readonly OfferedPlan[];
  seatsExtra: number;
  onOpen: (plan: OfferedPlan) => void;
}

/** More or fewer seats of the plan one has, in the version one has, where it sells any. */
function SeatsButton({ plan, offered, seatsExtra, onOpen }: SeatsProps) {
  const same = offered.find((one) => one.plan === plan.plan);
  if (!same || plan.seatPriceMicros === null || plan.limits.seats === null) return null;
  return <Button onClick={() => onOpen({ ...same, ...plan, seats: plan.limits.seats! - seatsExtra })}>{w.change}</Button>;
}

interface CurrentProps {
  plan: TenantPlan;
  offered: readonly OfferedPlan[];
  subscription: SubscriptionView | null;
  billing: boolean;
  children: ReactNode;
}

function Current({ plan, offered, subscription, billing, children }: CurrentProps) {
  const { data: taken } = useQuery({ queryKey: ['members', 'taken'], queryFn: countSeats });
  const extra = subscription?.plan === plan.plan ? subscription.seatsExtra : 0;
  const older = offered.some(({ plan: name, version }) => name === plan.plan && version > plan.version);
  const seats = plan.limits.seats === null ? w.noLimit : formatNumber(plan.limits.seats);
  return (
    <Card title={w.current} aside={subscription && <State subscription={subscription} />}>
      <p className="mb-4 text-28 font-semibold tracking-tight">{plan.name}</p>
      <Facts
        rows={[
          [w.price, priceText(plan.priceMicrosPerMonth)],
          [w.credits, w.creditsEach(creditsWithUnit(plan.creditsPerMonth))],
          [w.period, w.fromTo(formatDateTime(plan.period.startsAt), formatDateTime(plan.period.endsAt))],
          [w.seats, [taken == null ? seats : w.seatsOf(taken, seats), extra > 0 && w.extraSeats(extra)].filter(Boolean).join(', ')],
          billing && !subscription && [w.state, w.none],
          subscription?.trialEndsAt && [w.state, w.trialUntil(formatDateTime(subscription.trialEndsAt))],
        ]}
      />
      {older && <p className="mt-3 text-13 text-ink-soft">{w.since(plan.version)}</p>}
      {children}
    </Card>
  );
}

export const priceText = (micros: string | null): string => (micros === null ? w.byContract : micros === '0' ? w.free : w.perMonth(formatMicros(micros)));

function State({ subscription: { status, paused } }: { subscription: SubscriptionView }) {
  if (paused) return <Badge tone="warn">{w.states.paused}</Badge>;
  const tone = status === 'active' ? 'good' : status === 'trialing' ? 'neutral' : 'bad';
  return <Badge tone={tone}>{w.states[status as keyof typeof w.states] ?? status}</Badge>;
}
