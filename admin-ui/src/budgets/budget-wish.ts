import type { BudgetView } from '@atelier/ui-kit';

export type Unit = 'credits' | 'dollars';

export interface Wish {
  name: string;
  scope: 'tenant' | 'user';
  subjectId?: string;
  period: 'day' | 'week' | 'month';
  mode: 'hard' | 'soft';
  limit?: string;
  limitMicros?: string;
  thresholds: number[];
}

/** `12.5` → `12500000`; what is no amount stays as it is, for the server to say so. */
export function microsOf(dollars: string): string {
  const [, whole, decimals = ''] = /^(\d{1,9})(?:\.(\d{1,6}))?$/.exec(dollars) ?? [];
  return whole === undefined ? dollars : String(BigInt(whole + decimals.padEnd(6, '0')));
}

/** `12500000` → `12.5`. */
export function dollarsOf(micros: string): string {
  const digits = micros.padStart(7, '0');
  const decimals = digits.slice(-6).replace(/0+$/, '');
  return digits.slice(0, -6) + (decimals && `.${decimals}`);
}

/** `50, 80 100` → `[50, 80, 100]`; what is no number stays NaN, for the server to say so. */
export const thresholdsOf = (text: string): number[] =>
  text
    .split(/[\s,;%]+/)
    .filter(Boolean)
    .map(Number);

export function readWish(form: HTMLFormElement, budget: BudgetView | null, unit: Unit): Wish {
  const text = (name: string): string => String(new FormData(form).get(name) ?? '').trim();
  const subjectId = budget ? budget.subjectId : text('whose');
  return {
    name: text('name'),
    scope: (budget?.scope ?? (subjectId ? 'user' : 'tenant')) as Wish['scope'],
    ...(subjectId && { subjectId }),
    period: budget?.period ?? (text('period') as Wish['period']),
    mode: text('mode') as Wish['mode'],
    ...(unit === 'credits' ? { limit: text('limit') } : { limitMicros: microsOf(text('limit')) }),
    thresholds: thresholdsOf(text('thresholds')),
  };
}
