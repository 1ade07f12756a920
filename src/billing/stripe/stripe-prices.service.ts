import { Injectable } from '@nestjs/common';
import type { PlanVersion } from '../plans/index.js';
import { centsOf } from './packs.js';
import { StripeClient } from './stripe-client.service.js';

type Part = 'plan' | 'seat';

/** A price of the service for each version of a plan that somebody subscribes to: whoever has it keeps it, whatever later versions cost. */
@Injectable()
export class StripePrices {
  private readonly known = new Map<string, Promise<string>>();

  constructor(private readonly client: StripeClient) {}

  /** @returns the id of the price */
  of(version: PlanVersion, part: Part): Promise<string> {
    const lookupKey = `atelier_${version.plan}_${version.version}_${part}`;
    const known = this.known.get(lookupKey);
    if (known) return known;
    const asked = this.ensure(lookupKey, version, part);
    this.known.set(lookupKey, asked);
    asked.catch(() => this.known.delete(lookupKey));
    return asked;
  }

  private async ensure(lookupKey: string, { plan, version, name, priceMicrosPerMonth, seatPriceMicros }: PlanVersion, part: Part): Promise<string> {
    const { data } = await this.client.ask((stripe) => stripe.prices.list({ lookup_keys: [lookupKey], active: true, limit: 1 }));
    if (data[0]) return data[0].id;
    const amount = part === 'plan' ? priceMicrosPerMonth : seatPriceMicros;
    const price = await this.client.ask((stripe) =>
      stripe.prices.create(
        {
          currency: 'usd',
          unit_amount: centsOf(amount ?? 0n),
          recurring: { interval: 'month' },
          lookup_key: lookupKey,
          product_data: { name: part === 'plan' ? `Atelier ${name}` : `Atelier ${name}, further seat` },
          metadata: { plan, version: String(version), part },
        },
        { idempotencyKey: `price:${lookupKey}:${amount}` },
      ),
    );
    return price.id;
  }
}
