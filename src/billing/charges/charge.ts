import { invalid, type FieldFault } from '../../platform/errors/index.js';

export const CHARGE_CATEGORIES = ['purchase', 'tax', 'credit', 'adjustment'] as const;
export type ChargeCategory = (typeof CHARGE_CATEGORIES)[number];

/** What a tenant was asked for, or given back. Amounts in millionths of a dollar. */
export interface Charge {
  id: string;
  category: ChargeCategory;
  amountMicros: bigint;
  /** Of a purchase: what it costs everybody; null: the same. */
  listMicros: bigint | null;
  creditsMilli: bigint | null;
  /** The credits that were bought with it. */
  grantId: string | null;
  description: string;
  invoiceId: string | null;
  periodStart: Date;
  periodEnd: Date;
  recurring: boolean;
  /** Of a month that was invoiced before. */
  correction: boolean;
  /** Of an adjustment: the credits whose price goes back with it, or comes again. */
  refundOf?: string;
}
export type NewCharge = Omit<Charge, 'id'>;

/** @throws 422 with every fault. */
export function checkCharge(charge: NewCharge): void {
  const faults: FieldFault[] = [];
  const fault = (field: string, code: string, message: string, fix: string): void => void faults.push({ pointer: `/${field}`, code, message, fix });
  const { category, amountMicros, correction } = charge;
  if (amountMicros < 0n && (category === 'purchase' || category === 'tax') && !correction)
    fault('amountMicros', 'amount_negative', `A ${category} is not below zero.`, 'Record it as a correction, or as a credit.');
  if (amountMicros > 0n && category === 'credit') fault('amountMicros', 'amount_positive', 'A credit is not above zero.', 'Put a minus before the amount.');
  if (charge.periodEnd <= charge.periodStart) fault('periodEnd', 'period_empty', 'periodEnd does not lie after periodStart.', 'Exchange the two.');
  if (charge.listMicros !== null && category !== 'purchase') fault('listMicros', 'not_a_purchase', 'Only a purchase has a list price.', 'Leave it out.');
  if (charge.grantId !== null && (category !== 'purchase' || correction))
    fault('grantId', 'not_a_purchase', 'Only a purchase brings credits.', 'Leave it out, or choose the category purchase.');
  if (faults.length > 0) throw invalid(faults);
}
