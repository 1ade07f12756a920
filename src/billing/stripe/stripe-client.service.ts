import { Inject, Injectable } from '@nestjs/common';
import { Stripe } from 'stripe';
import { assertNoTransaction } from '../../platform/database/index.js';
import { billingOff, paymentDeclined, paymentRefused, paymentServiceDown } from './stripe.errors.js';
import { stripeConfig, type StripeConfig } from './settings.js';

/** What the code below was written for; webhook endpoints are to be made with it too. */
const API_VERSION = '2026-10-28.endive';
const TIMEOUT_MS = 20_000;
const RETRIES = 2;
/** The bank wants to hear the buyer, who is not there: as good as a decline. */
const NEEDS_BUYER = 'invoice_payment_intent_requires_action';

/** The one client of the payment service. */
@Injectable()
export class StripeClient {
  private readonly stripe: Stripe | null;

  constructor(@Inject(stripeConfig.token) { key, api }: StripeConfig) {
    const at = api && {
      host: api.hostname,
      port: api.port || (api.protocol === 'https:' ? 443 : 80),
      protocol: api.protocol === 'https:' ? ('https' as const) : ('http' as const),
    };
    this.stripe = key
      ? new Stripe(key, { apiVersion: API_VERSION, maxNetworkRetries: RETRIES, timeout: TIMEOUT_MS, telemetry: false, appInfo: { name: 'Atelier' }, ...at })
      : null;
  }

  get on(): boolean {
    return this.stripe !== null;
  }

  /** @throws `billing_off`, `payment_service_unavailable` (retryable), `payment_declined`, `payment_request_refused` */
  async ask<T>(question: (stripe: Stripe) => Promise<T>): Promise<T> {
    if (!this.stripe) throw billingOff();
    assertNoTransaction('The payment service');
    try {
      return await question(this.stripe);
    } catch (error) {
      if (error instanceof Stripe.errors.StripeCardError || (error instanceof Stripe.errors.StripeError && error.code === NEEDS_BUYER))
        throw paymentDeclined(error.message, error);
      if (error instanceof Stripe.errors.StripeInvalidRequestError && error.code !== 'lock_timeout') throw paymentRefused(error);
      if (error instanceof Stripe.errors.StripeError) throw paymentServiceDown(error);
      throw error;
    }
  }

  /** Like `ask`, but null for a thing that the service does not know. */
  find<T>(question: (stripe: Stripe) => Promise<T>): Promise<T | null> {
    return this.ask(async (stripe) => {
      try {
        return await question(stripe);
      } catch (error) {
        if (error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'resource_missing') return null;
        throw error;
      }
    });
  }

  /** The event in a webhook; null unless one of the secrets signed these bytes within the last five minutes. */
  eventOf(body: Buffer, signature: string, secrets: readonly string[]): Stripe.Event | null {
    if (!this.stripe) return null;
    for (const secret of secrets) {
      try {
        return this.stripe.webhooks.constructEvent(body, signature, secret);
      } catch (error) {
        if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) throw error;
      }
    }
    return null;
  }
}
