import { Injectable } from '@nestjs/common';
import { Audit } from '../../accounts/audit/index.js';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { formatCredits, Fresh, inThePast, parseCredits } from '../plans/index.js';
import { UNIT_CODES, type PriceList, type Prices, type UnitCode } from './price-list.js';
import type { ImagePriceDto, NewPriceListBody, PriceListResponse, PriceListsResponse, UnitPricesDto } from './pricing.dto.js';
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
    const prices = toPrices(body);
    const effectiveFrom = body.effectiveFrom === undefined ? null : new Date(body.effectiveFrom);
    return this.system.run('billing: new price list', async (em) => {
      const made = await this.systemRepository.insert(em, { prices, note: body.note, effectiveFrom, by: actorId(ctx) });
      if (!made) throw inThePast();
      // The newest version with the newest beginning is the current one, unless it was announced for later.
      const response = toResponse({ ...made, note: body.note, prices }, effectiveFrom === null);
      await this.audit.record(em, ctx, { action: 'price_list.created', target: `price list ${made.version}`, after: response });
      this.fresh.changed(CURRENT);
      return response;
    });
  }
}

const eachUnit = (units: Record<UnitCode, string>, change: (amount: string) => string): Record<UnitCode, string> =>
  Object.fromEntries(UNIT_CODES.map((code) => [code, change(units[code])])) as Record<UnitCode, string>;

const toMilli = (credits: string): string => String(parseCredits(credits));
const toCredits = (milli: string): string => formatCredits(BigInt(milli));

function toPrices({ image, units }: { image: ImagePriceDto; units: UnitPricesDto }): Prices {
  const { pixelsPerCredit, stepsIncluded } = image;
  return {
    image: {
      pixelsPerCredit,
      stepsIncluded,
      minimumMilli: toMilli(image.minimum),
      incrementMilli: toMilli(image.increment),
      controlNetMilli: toMilli(image.controlNet),
      loraMilli: toMilli(image.lora),
    },
    units: eachUnit(units, toMilli),
  };
}

function toResponse({ version, effectiveFrom, note, prices }: PriceList, current: boolean): PriceListResponse {
  const { image, units } = prices;
  const { pixelsPerCredit, stepsIncluded } = image;
  return {
    version,
    effectiveFrom: effectiveFrom.toISOString(),
    current,
    note,
    image: {
      pixelsPerCredit,
      stepsIncluded,
      minimum: toCredits(image.minimumMilli),
      increment: toCredits(image.incrementMilli),
      controlNet: toCredits(image.controlNetMilli),
      lora: toCredits(image.loraMilli),
    },
    units: eachUnit(units, toCredits),
  };
}
