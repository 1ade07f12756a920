/**
 * News between rooms: outbox rows written with the change, delivered after commit, at least once, in no promised order.
 * Payloads carry uuids (not TypeIDs) and nothing secret. A consumer re-reads the row it cares about.
 */
export interface Events {
  'job.queued': { jobId: string };
  'job.finished': { jobId: string; status: 'succeeded' | 'failed' | 'canceled' };
  'task.ready': { laneIds: string[] };
  'task.started': { taskId: string; jobId: string; attempt: number };
  'task.returned': { taskId: string; jobId: string; attempt: number; reason: string };
  'task.finished': { taskId: string; jobId: string; attempt: number; state: 'done' | 'failed' | 'canceled' };
  'balance.changed': Record<string, never>;
  /** What is left to spend and what jobs hold fell below the tenant's mark (credits as decimal strings): once until it has been above again. */
  'balance.low': { balance: string; below: string };
  /** A budget passed a threshold (`50`, `80`, `100`, … per cent, or `forecast`): once per budget, period and threshold. */
  'budget.alerted': { alertId: string; budgetId: string; threshold: string };
  'invoice.paid': { invoiceId: string };
  'invoice.payment_failed': { invoiceId: string };
  /** Automatic top-up switched itself off: the card was declined again and again. */
  'top_up.stopped': { purchaseId: string };
  'session.revoked': { sessionIds: string[] };
  'key.revoked': { keyId: string };
  'member.changed': { userId: string };
  'tenant.created': { tenantId: string };
  'export.ready': { exportId: string };
  /** It was given up: after three tries, one of a schedule after a day of them. */
  'export.failed': { exportId: string };
  'asset.deleted': { assetId: string };
}
export type EventTopic = keyof Events;
