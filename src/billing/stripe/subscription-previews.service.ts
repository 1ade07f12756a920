import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/index.js';
import type { Ctx } from '../../platform/context/index.js';
import type { PlanVersion } from '../plans/index.js';
import { BillingAccounts } from './billing-accounts.service.js';
import { invoiceOf } from './invoice.js';
import { microsOf } from './packs.js';
import { SubscriptionChanges } from './subscription-changes.service.js';
import { TRIAL_DAYS, type SubscriptionState } from './subscription-state.js';
import { SubscriptionSteps, type Step } from './subscription-steps.service.js';

export interface Amount {
  totalMicros: bigint;
  taxMicros: bigint;
  lines: { description: string; amountMicros: bigint }[];
}

/** What would happen: charged now, and then month by month, before tax. */
export interface Preview {
  status: 'checkout' | 'changed' | 'scheduled';
  effectiveAt: Date | null;
  dueNow: Amount;
  then: { at: Date; totalMicros: bigint } | null;
}

const NOTHING: Amount = { totalMicros: 0n, taxMicros: 0n, lines: [] };
const DAY_MS = 86_400_000;

/** Says what a wish would cost before it is made. The service computes what is charged now, with the request that would do it. */
@Injectable()
export class SubscriptionPreviews {
  constructor(
    private readonly accounts: BillingAccounts,
    private readonly steps: SubscriptionSteps,
    private readonly changes: SubscriptionChanges,
    private readonly clock: Clock,
  ) {}

  /** @throws as `Subscriptions.subscribe` */
  async preview(ctx: Ctx, plan: string, seats: number | null): Promise<Preview> {
    const target = await this.steps.target(ctx, plan);
    const customer = await this.accounts.ensureCustomer(ctx.tenantId);
    return this.of(customer, await this.steps.of(ctx, customer, target, seats));
  }

  private async of(customer: string, step: Step): Promise<Preview> {
    const now = this.clock.now();
    switch (step.kind) {
      case 'nothing':
        return { status: 'changed', effectiveAt: null, dueNow: NOTHING, then: null };
      case 'end':
        return { status: 'scheduled', effectiveAt: step.state.periodEndsAt, dueNow: NOTHING, then: null };
      case 'keep':
        return { status: 'changed', effectiveAt: null, dueNow: NOTHING, then: { at: step.state.periodEndsAt, totalMicros: monthly(step.now, step.state) } };
      case 'down':
        return {
          ...{ status: 'scheduled', effectiveAt: step.state.periodEndsAt, dueNow: NOTHING },
          then: { at: step.state.periodEndsAt, totalMicros: monthly(step.wish.of, step.wish) },
        };
      case 'checkout': {
        const at = step.trial ? new Date(now.getTime() + TRIAL_DAYS * DAY_MS) : monthAfter(now);
        const dueNow = step.trial ? NOTHING : await this.asked(() => this.changes.previewOfNew(customer, step.wish));
        return { status: 'checkout', effectiveAt: null, dueNow, then: { at, totalMicros: monthly(step.wish.of, step.wish) } };
      }
      case 'up': {
        const isTrial = step.state.status === 'trialing';
        const dueNow = isTrial ? NOTHING : await this.asked(() => this.changes.previewOfChange(step.subscription, step.state, step.wish));
        const at = isTrial || step.wish.plan === step.state.plan ? step.state.periodEndsAt : monthAfter(now);
        return { status: 'changed', effectiveAt: null, dueNow, then: { at, totalMicros: monthly(step.wish.of, step.wish) } };
      }
    }
  }

  private async asked(preview: () => ReturnType<SubscriptionChanges['previewOfNew']>): Promise<Amount> {
    const invoice = await preview();
    const { totalMicros, taxMicros } = invoiceOf('', invoice);
    return {
      totalMicros,
      taxMicros,
      lines: invoice.lines.data.map(({ description, amount }) => ({ description: description ?? '', amountMicros: microsOf(amount) })),
    };
  }
}

const monthly = ({ priceMicrosPerMonth, seatPriceMicros }: PlanVersion, { seatsExtra }: Pick<SubscriptionState, 'seatsExtra'>): bigint =>
  (priceMicrosPerMonth ?? 0n) + (seatPriceMicros ?? 0n) * BigInt(seatsExtra);

/** The same day of the next month, or its last. */
function monthAfter(at: Date): Date {
  const next = new Date(at);
  next.setUTCMonth(at.getUTCMonth() + 1);
  if (next.getUTCDate() !== at.getUTCDate()) next.setUTCDate(0);
  return next;
}
