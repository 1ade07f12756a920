import { Injectable } from '@nestjs/common';
import { Audit } from '../../accounts/audit/index.js';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { Fresh, inThePast } from '../plans/index.js';
import type { PriceList, Prices } from './price-list.js';
import { toPrices, toPricesDto } from './prices.js';
import type { NewPriceListBody, PriceListResponse, PriceListsResponse } from './pricing.dto.js';
import { PricingRepository } from './pricing.repository.js';
import { PricingSystemRepository } from './pricing.system.repository.js';
import { quote, type Quote, type QuoteItem } from './quote.js';

const CURRENT = 'price-list';

@Injectable()
export class Pricing {
  constructor(
    private readonly system: SystemTx,
    private readonly repository: PricingRepository,
    private readonly systemRepository: PricingSystemRepository,
    private readonly audit: Audit,
    private readonly fresh: Fresh,
  ) {}

  /** The list that prices new jobs; at most 5 s old. */
  current(): Promise<PriceList> {
    return this.fresh.get(CURRENT, () => this.repository.current());
  }

  /** The list of a version, for explaining an old charge. @throws 404. */
  async version(version: number): Promise<PriceList> {
    const list = await this.repository.find(version);
    if (!list) throw notFound('price list');
    return list;
  }

  quote(list: PriceList, items: readonly QuoteItem[]): Quote {
    return quote(list, items);
  }

  async list(): Promise<PriceListsResponse> {
    const [lists, current] = await Promise.all([this.repository.list(), this.repository.current()]);
    return { data: lists.map((list) => toResponse(list, list.version === current.version)) };
  }

  /** @throws 422 `in_the_past`. */
  create(ctx: Ctx, body: NewPriceListBody): Promise<PriceListResponse> {
    return this.publish(ctx, {
      prices: toPrices(body),
      note: body.note,
      effectiveFrom: body.effectiveFrom === undefined ? null : new Date(body.effectiveFrom),
    });
  }

  /** Makes the next version of `prices`, now or from an instant to come; joins an open system transaction. @throws 422 `in_the_past`. */
  publish(ctx: Ctx, { prices, note, effectiveFrom }: { prices: Prices; note: string; effectiveFrom: Date | null }): Promise<PriceListResponse> {
    return this.system.run('billing: new price list', async (em) => {
      const made = await this.systemRepository.insert(em, { prices, note, effectiveFrom, by: actorId(ctx) });
      if (!made) throw inThePast();
      // The newest version with the newest beginning is the current one, unless it was announced for later.
      const response = toResponse({ ...made, note, prices }, effectiveFrom === null);
      await this.audit.record(em, ctx, { action: 'price_list.created', target: `price list ${made.version}`, after: response });
      this.fresh.changed(CURRENT);
      return response;
    });
  }
}

const toResponse = ({ version, effectiveFrom, note, prices }: PriceList, current: boolean): PriceListResponse => ({
  version,
  effectiveFrom: effectiveFrom.toISOString(),
  current,
  note,
  ...toPricesDto(prices),
});
