import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { Audit } from '../../accounts/audit/index.js';
import { Clock } from '../../platform/clock/index.js';
import type { Ctx } from '../../platform/context/index.js';
import { typeId } from '../../platform/ids/index.js';
import { log } from '../../platform/telemetry/index.js';
import { Plans } from '../plans/index.js';
import { BillingAccounts } from './billing-accounts.service.js';
import { StripeClient } from './stripe-client.service.js';
import { choose, isEntitled, planOf, stateOf } from './subscription-state.js';
import { SubscriptionsRepository } from './subscriptions.repository.js';

const SUBSCRIPTIONS_MAX = 100;

/** Looks at a tenant's subscription at the service and gives the plan that it pays for. */
@Injectable()
export class SubscriptionLooks {
  private readonly log = log('billing/stripe');

  constructor(
    private readonly accounts: BillingAccounts,
    private readonly client: StripeClient,
    private readonly repository: SubscriptionsRepository,
    private readonly plans: Plans,
    private readonly clock: Clock,
    private readonly audit: Audit,
  ) {}

  /** The one that counts, as the service has it now; null when there never was one. */
  async current(customer: string): Promise<Stripe.Subscription | null> {
    const { data } = await this.client.ask((stripe) =>
      stripe.subscriptions.list({ customer, status: 'all', limit: SUBSCRIPTIONS_MAX, expand: ['data.latest_invoice', 'data.schedule'] }),
    );
    return choose(data);
  }

  /** May be done any number of times: what it gives depends on the service's state alone, not on which news came when. */
  async look(tenantId: string): Promise<void> {
    await this.accounts.oneAtATime(tenantId, async (writeDown, customer) => {
      const subscription = customer === null ? null : await this.current(customer);
      const state = subscription && stateOf(subscription);
      if (!state) {
        if (subscription)
          this.log.warn({ tenantId, subscription: subscription.id }, 'a subscription has no price of ours: give its price the metadata plan and version');
        return;
      }
      await writeDown(async (em) => {
        await this.repository.keep(em, tenantId, state);
        if (subscription.trial_start !== null) await this.accounts.noteTrial(em, tenantId);
        const invoice = subscription.latest_invoice;
        const isDisputed = await this.repository.isDisputed(em, tenantId, typeof invoice === 'object' ? (invoice?.id ?? null) : invoice);
        // The last step: it locks the wallet.
        await this.plans.subscribed(em, tenantId, isEntitled(state, this.clock.now()) && !isDisputed ? planOf(state) : null);
      });
    });
  }

  /** Looks after somebody asked for a change, and notes who did. */
  async after(ctx: Ctx, action: string, asked: object): Promise<void> {
    await this.look(ctx.tenantId);
    await this.accounts.note(ctx, (em) => this.audit.record(em, ctx, { action, target: typeId('tnt', ctx.tenantId), after: asked }));
  }
}
