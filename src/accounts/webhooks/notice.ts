import { WEBHOOK_TEST_TYPE, type EventTopic, type Events, type IdPrefix, type WebhookType } from '@atelier/contracts';
import { typeId } from '../../platform/ids/index.js';

/** What a webhook says: which type, and about what. Thin: ids and plain values, the rest is asked for. */
export interface Notice {
  type: WebhookType | typeof WEBHOOK_TEST_TYPE;
  data: Record<string, string | number | boolean>;
}

/** News inside the house, and which of them leave it under which name. */
const NAMES = {
  'job.finished': ({ status }: Events['job.finished']) => `job.${status}` as const,
  'balance.changed': () => 'balance.changed',
  'balance.low': () => 'balance.low',
  'budget.alerted': () => 'budget.alerted',
  'invoice.paid': () => 'invoice.paid',
  'invoice.payment_failed': () => 'invoice.payment_failed',
  'top_up.stopped': () => 'top_up.stopped',
  'export.ready': () => 'export.ready',
  'export.failed': () => 'export.failed',
} as const satisfies { [T in EventTopic]?: (payload: Events[T]) => WebhookType };

export type PublicTopic = keyof typeof NAMES;
export const PUBLIC_TOPICS = Object.keys(NAMES) as PublicTopic[];

/** Ids leave the house as TypeIDs. */
const IDS: Record<string, IdPrefix> = {
  jobId: 'job',
  budgetId: 'bud',
  invoiceId: 'inv',
  purchaseId: 'pur',
  exportId: 'exp',
  teamId: 'team',
  userId: 'usr',
  keyId: 'key',
};
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** With these bounds every body stays below 20 kB, as the specification asks, whatever the values hold. */
const VALUES_MAX = 12;
const VALUE_LENGTH_MAX = 200;

/** Ids in their public form and short plain values; anything else that the news carries stays in the house. */
function publicData(payload: object): Notice['data'] {
  const entries = Object.entries(payload as Record<string, unknown>).flatMap(([name, value]): [string, string | number | boolean][] => {
    const prefix = IDS[name];
    if (typeof value === 'number' || typeof value === 'boolean') return [[name, value]];
    if (typeof value !== 'string' || name.length > 40) return [];
    if (UUID.test(value)) return prefix ? [[name, typeId(prefix, value)]] : [];
    return [[name, value.slice(0, VALUE_LENGTH_MAX)]];
  });
  return Object.fromEntries(entries.slice(0, VALUES_MAX));
}

export function noticeOf<T extends PublicTopic>(topic: T, payload: Events[T]): Notice {
  return { type: (NAMES[topic] as (payload: Events[T]) => WebhookType)(payload), data: publicData(payload) };
}

export const testNotice = (endpointId: string): Notice => ({ type: WEBHOOK_TEST_TYPE, data: { webhookId: typeId('whk', endpointId) } });

/** The body, byte by byte as it is signed and sent on every attempt. */
export const bodyOf = ({ type, data }: Notice, at: Date): string => JSON.stringify({ type, timestamp: at.toISOString(), data });
