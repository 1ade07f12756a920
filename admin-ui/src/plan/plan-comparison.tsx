import {
  adminWords,
  Badge,
  Button,
  clsx,
  formatBytes,
  formatCredits,
  formatMicros,
  formatNumber,
  type OfferedPlan,
  type PlanLimits,
  type SubscriptionView,
  type TenantPlan,
} from '@atelier/ui-kit';
import type { OffersResponse } from '@atelier/ui-kit/client';
import { useId } from 'react';

const w = adminWords.plan;
const f = w.features;

interface Props {
  offers: OffersResponse;
  current: TenantPlan;
  subscription: SubscriptionView | null;
  mayChange: boolean;
  onChoose: (plan: OfferedPlan) => void;
}

/** What each plan has, line by line in the same order, so that they are compared by looking across. */
export function PlanComparison({ offers, current, subscription, mayChange, onChoose }: Props) {
  const id = useId();
  // The next larger one is what most come for.
  const here = offers.plans.findIndex(({ plan }) => plan === current.plan);
  return (
    <section aria-labelledby={id}>
      <h2 id={id} className="mb-3 text-14 font-semibold">
        {w.compare}
      </h2>
      <ul className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
        {offers.plans.map((plan, index) => (
          <li key={plan.plan} className={clsx('flex flex-col rounded-house border bg-surface p-4', index === here ? 'border-line-strong' : 'border-line')}>
            <div className="flex items-center justify-between gap-2">
              <h3 className="text-16 font-semibold">{plan.name}</h3>
              {index === here && <Badge>{w.current}</Badge>}
            </div>
            <p className="num mt-1 mb-3 text-20 font-semibold tracking-tight">{price(plan.priceMicrosPerMonth)}</p>
            <dl className="mb-4 text-13">
              {featuresOf(plan).map(([name, value]) => (
                <div key={name} className="flex justify-between gap-4 border-t border-line py-1.5">
                  <dt className="shrink-0 text-ink-faint">{name}</dt>
                  <dd className="num text-right">{value}</dd>
                </div>
              ))}
            </dl>
            <div className="mt-auto">
              {plan.priceMicrosPerMonth === null ? (
                <p className="text-13 text-ink-soft">{w.contract}</p>
              ) : (
                mayChange && (
                  <Choose
                    plan={plan}
                    isCurrent={index === here}
                    main={here >= 0 && index === here + 1}
                    trial={offers.trial && !subscription && plan.plan === 'pro'}
                    // Free without a subscription is what one has anyway.
                    possible={plan.priceMicrosPerMonth !== '0' || (subscription !== null && !subscription.cancelAt)}
                    onChoose={onChoose}
                  />
                )
              )}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface ChooseProps {
  plan: OfferedPlan;
  isCurrent: boolean;
  main: boolean;
  trial: boolean;
  possible: boolean;
  onChoose: (plan: OfferedPlan) => void;
}

function Choose({ plan, isCurrent, main, trial, possible, onChoose }: ChooseProps) {
  if (isCurrent || !possible) return null;
  return (
    <Button kind={main ? 'main' : 'plain'} className="w-full" onClick={() => onChoose(plan)}>
      {trial ? w.tryIt(plan.name) : w.choose(plan.name)}
    </Button>
  );
}

const price = (micros: string | null): string => (micros === null ? w.byContract : formatMicros(micros));
const count = (limit: number | null): string => (limit === null ? w.noLimit : formatNumber(limit));
const whether = (has: boolean): string => (has ? w.yes : w.no);

const featuresOf = ({ seatPriceMicros, creditsPerMonth, priceMicrosPerMonth, limits }: OfferedPlan): [string, string][] => [
  [f.creditsPerMonth, priceMicrosPerMonth === null ? w.byContract : formatCredits(creditsPerMonth)],
  [f.seats, count(limits.seats)],
  [f.seatPrice, seatPriceMicros === null ? '–' : formatMicros(seatPriceMicros)],
  ...limitsOf(limits),
];

const limitsOf = (limits: PlanLimits): [string, string][] => [
  [f.sideMax, limits.sideMax === null ? w.noLimit : w.pixels(formatNumber(limits.sideMax))],
  [f.videosPerMonth, count(limits.videosPerMonth)],
  [f.runningJobs, count(limits.runningJobs)],
  [f.generationsPerHour, count(limits.generationsPerHour)],
  [f.uploadsPerHour, count(limits.uploadsPerHour)],
  [f.apiPerMinute, count(limits.apiPerMinute)],
  [f.customModels, count(limits.customModels)],
  [f.storageBytes, limits.storageBytes === null ? w.noLimit : formatBytes(limits.storageBytes)],
  [f.apiKeys, whether(limits.apiKeys)],
  [f.sso, whether(limits.sso)],
  [f.gpuClasses, limits.gpuClasses.filter((name) => name !== 'CPU').join(', ') || '–'],
];
