import type { UsageResponse } from '@atelier/ui-kit';
import { getBillingUsage } from '@atelier/ui-kit/client';
import type { Days } from './range.js';

export const GROUPS = ['day', 'team', 'user', 'key', 'model', 'operation', 'class', 'job'] as const;
export type Group = (typeof GROUPS)[number];
/** What the report can be narrowed to. */
export const NARROWED_BY = ['team', 'user', 'key', 'model', 'operation', 'class'] as const;
export type Dimension = (typeof NARROWED_BY)[number];
export type Narrowed = Partial<Record<Dimension, string>>;

export interface Question {
  days: Days;
  zone: string;
  only: Narrowed;
}

export const ask = ({ days, zone, only }: Question, groupBy: Group, cursor?: string): Promise<UsageResponse> =>
  getBillingUsage({ query: { ...days, ...only, groupBy, timeZone: zone, limit: 100, cursor } });
