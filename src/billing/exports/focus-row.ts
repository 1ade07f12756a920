import { typeId, type IdPrefix } from '../../platform/ids/index.js';
import type { ChargeCategory } from '../charges/index.js';
import { credits, dollars, seconds } from './decimal.js';
import { csvText } from './csv.js';
import type { JobRow } from './job-row.js';

/** FOCUS 1.2 (FinOps Open Cost and Usage Specification), columns in the order of their names; our own begin with x_ and come last. */
export const FOCUS_COLUMNS = [
  ...['AvailabilityZone', 'BilledCost', 'BillingAccountId', 'BillingAccountName', 'BillingAccountType', 'BillingCurrency', 'BillingPeriodEnd'],
  ...['BillingPeriodStart', 'ChargeCategory', 'ChargeClass', 'ChargeDescription', 'ChargeFrequency', 'ChargePeriodEnd', 'ChargePeriodStart'],
  ...['ConsumedQuantity', 'ConsumedUnit', 'ContractedCost', 'ContractedUnitPrice', 'EffectiveCost', 'InvoiceId', 'InvoiceIssuerName', 'ListCost'],
  ...['ListUnitPrice', 'PricingCategory', 'PricingCurrency', 'PricingCurrencyContractedUnitPrice', 'PricingCurrencyEffectiveCost'],
  ...['PricingCurrencyListUnitPrice', 'PricingQuantity', 'PricingUnit', 'ProviderName', 'PublisherName', 'RegionId', 'RegionName', 'ResourceId'],
  ...['ResourceName', 'ResourceType', 'ServiceCategory', 'ServiceName', 'ServiceSubcategory', 'SkuId', 'SkuMeter', 'SkuPriceDetails', 'SkuPriceId'],
  ...['SubAccountId', 'SubAccountName', 'SubAccountType', 'Tags', 'x_ApiKeyId', 'x_CapacityType', 'x_Credits', 'x_GpuSeconds', 'x_GpuType'],
  ...['x_HoldId', 'x_JobId', 'x_PriceListVersion', 'x_RateCardVersion', 'x_UserId'],
] as const;
export type FocusColumn = (typeof FOCUS_COLUMNS)[number];
export type FocusRow = Partial<Record<FocusColumn, string | null>>;

/** What a credit costs everybody: $0.02. */
const LIST_MICROS_PER_CREDIT = 20_000n;
const HOUSE = 'Atelier';
/** Credits as a virtual currency: three letters that no nation uses. */
const CREDIT = 'CRD';

export interface Account {
  tenantId: string;
  name: string;
}

/** A job that was charged. `effectiveMicros`: what its credits had cost when they were bought. */
export type FocusUsage = JobRow & { endedAt: Date; effectiveMicros: bigint };

/** Anything else a tenant was asked for or given. */
export interface FocusCharge {
  category: ChargeCategory;
  description: string;
  amountMicros: bigint;
  listMicros: bigint;
  /** What of it counts as cost now; a purchase counts when its credits are used or lapse. */
  effectiveMicros: bigint;
  creditsMilli: bigint | null;
  invoiceId: string | null;
  periodStart: Date;
  periodEnd: Date;
  at: Date;
  recurring: boolean;
  correction: boolean;
}

const instant = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`;
const id = (prefix: IdPrefix, uuid: string | null): string | null => (uuid === null ? null : typeId(prefix, uuid));
const wholeSecond = (at: Date): Date => new Date(Math.floor(at.getTime() / 1000) * 1000);
const later = (a: Date, b: Date): Date => (a > b ? a : b);

function monthOf(at: Date): { start: Date; end: Date } {
  return { start: new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth())), end: new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1)) };
}

/** What all rows of an account and a month share, made once for all that come one after the other. */
export function sharedBy(account: Account): (at: Date) => FocusRow {
  let last = { month: monthOf(new Date(0)), row: {} as FocusRow };
  return (at) => {
    if (at < last.month.start || at >= last.month.end) last = { month: monthOf(at), row: shared(account, monthOf(at)) };
    return last.row;
  };
}

function shared(account: Account, month: { start: Date; end: Date }): FocusRow {
  return {
    BillingAccountId: typeId('tnt', account.tenantId),
    BillingAccountName: account.name,
    BillingAccountType: 'Tenant',
    BillingCurrency: 'USD',
    BillingPeriodStart: instant(month.start),
    BillingPeriodEnd: instant(month.end),
    InvoiceIssuerName: HOUSE,
    ProviderName: HOUSE,
    PublisherName: HOUSE,
    ServiceCategory: 'AI and Machine Learning',
    ServiceName: HOUSE,
    ServiceSubcategory: 'Generative AI',
  };
}

/** Credits were paid when they were bought: nothing is billed again. */
export function usageRow(job: FocusUsage): FocusRow {
  const { endedAt: at, chargedMilli } = job;
  const list = dollars((chargedMilli * LIST_MICROS_PER_CREDIT) / 1000n);
  const perCredit = dollars(LIST_MICROS_PER_CREDIT);
  const sku = `atelier-${job.operation}`;
  const end = new Date(wholeSecond(at).getTime() + 1000);
  return {
    ChargeCategory: 'Usage',
    ChargeDescription: `${job.operation}${job.model === null ? '' : ` with ${job.model}`}`,
    ChargeFrequency: 'Usage-Based',
    ChargePeriodStart: instant(later(wholeSecond(job.createdAt ?? at), monthOf(at).start)),
    ChargePeriodEnd: instant(end),
    ConsumedQuantity: seconds(job.occupiedUs),
    ConsumedUnit: 'Seconds',
    BilledCost: '0',
    ListUnitPrice: perCredit,
    ListCost: list,
    ContractedUnitPrice: perCredit,
    ContractedCost: list,
    EffectiveCost: dollars(job.effectiveMicros),
    PricingCategory: 'Standard',
    PricingCurrency: CREDIT,
    PricingCurrencyListUnitPrice: '1',
    PricingCurrencyContractedUnitPrice: '1',
    PricingCurrencyEffectiveCost: credits(chargedMilli),
    PricingQuantity: credits(chargedMilli),
    PricingUnit: 'Credits',
    ResourceId: typeId('job', job.jobId),
    ResourceName: job.operation,
    ResourceType: 'Job',
    SkuId: sku,
    SkuMeter: 'Credits used',
    SkuPriceId: `${sku}-list-${job.priceListVersion ?? 0}`,
    SkuPriceDetails: JSON.stringify({ x_PriceListVersion: job.priceListVersion ?? 0 }),
    SubAccountId: id('team', job.teamId),
    SubAccountName: id('team', job.teamId),
    SubAccountType: job.teamId === null ? null : 'Team',
    Tags: JSON.stringify({ 'atelier/operation': job.operation, ...(job.model !== null && { 'atelier/model': job.model }) }),
    x_ApiKeyId: id('key', job.keyId),
    x_CapacityType: job.capacity,
    x_Credits: credits(chargedMilli),
    x_GpuSeconds: seconds(job.occupiedUs),
    x_GpuType: job.gpuClass,
    x_HoldId: id('hld', job.holdId),
    x_JobId: typeId('job', job.jobId),
    x_PriceListVersion: job.priceListVersion === null ? null : String(job.priceListVersion),
    x_RateCardVersion: job.rateCardVersion === null ? null : String(job.rateCardVersion),
    x_UserId: id('usr', job.userId),
  };
}

const CATEGORIES = { purchase: 'Purchase', tax: 'Tax', credit: 'Credit', adjustment: 'Adjustment' } as const;

export function chargeRow(charge: FocusCharge): FocusRow {
  const amount = dollars(charge.amountMicros);
  const effective = dollars(charge.effectiveMicros);
  const start = wholeSecond(charge.periodStart);
  return {
    ChargeCategory: CATEGORIES[charge.category],
    ChargeClass: charge.correction ? 'Correction' : null,
    ChargeDescription: charge.description,
    ChargeFrequency: charge.recurring ? 'Recurring' : 'One-Time',
    ChargePeriodStart: instant(start),
    ChargePeriodEnd: instant(later(wholeSecond(charge.periodEnd), new Date(start.getTime() + 1000))),
    BilledCost: amount,
    ContractedCost: amount,
    ListCost: dollars(charge.listMicros),
    EffectiveCost: effective,
    InvoiceId: charge.invoiceId,
    PricingCurrency: 'USD',
    PricingCurrencyEffectiveCost: effective,
    x_Credits: charge.creditsMilli === null ? null : credits(charge.creditsMilli),
    ...(charge.category === 'purchase' && purchase(charge)),
  };
}

/** What was bought, one of it. A correction has no price per unit: it may be below zero, and no price is. */
function purchase(charge: FocusCharge): FocusRow {
  const sku = charge.recurring ? 'atelier-subscription' : 'atelier-credits';
  const list = dollars(charge.listMicros);
  const contracted = dollars(charge.amountMicros);
  const priced: FocusRow = charge.correction
    ? {}
    : {
        ListUnitPrice: list,
        ContractedUnitPrice: contracted,
        PricingCurrencyListUnitPrice: list,
        PricingCurrencyContractedUnitPrice: contracted,
        PricingQuantity: '1',
        PricingUnit: charge.recurring ? 'Months' : 'Packs',
        SkuPriceId: `${sku}-${list}`,
      };
  return { ...priced, PricingCategory: 'Standard', SkuId: sku, SkuMeter: charge.recurring ? 'Months subscribed' : 'Credits bought' };
}

const WRITTEN_BY_PEOPLE: ReadonlySet<FocusColumn> = new Set<FocusColumn>([
  'BillingAccountName',
  'ChargeDescription',
  'InvoiceId',
  'Tags',
  'ResourceName',
  'SkuId',
  'SkuPriceId',
  'SkuPriceDetails',
]);

/** Null is an empty cell. Numbers are ours and may begin with a minus; text never begins like a formula. */
export const focusLine = (row: FocusRow, shared: FocusRow): string =>
  `${FOCUS_COLUMNS.map((column) => {
    const cell = row[column] ?? shared[column];
    if (cell === null || cell === undefined) return '';
    return WRITTEN_BY_PEOPLE.has(column) ? csvText(cell) : cell;
  }).join(',')}\r\n`;
