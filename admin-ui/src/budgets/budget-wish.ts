import type { BudgetView } from '@atelier/ui-kit';
import { microsOf } from '../dollars.js';

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
    ...(unit === 'credits' ? { limit: text('limit') } : { limitMicros: microsOf(text('limit'), 6) ?? text('limit') }),
    thresholds: thresholdsOf(text('thresholds')),
  };
}
