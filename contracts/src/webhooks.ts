/** What an outgoing webhook may be about, each with the sentence that the pages and the guide show. Names are kept for ever. */
export const WEBHOOK_TYPES = {
  'job.succeeded': 'A job ended and its results are there.',
  'job.failed': 'A job ended without a result.',
  'job.canceled': 'A job was cancelled.',
  'balance.changed': 'Credits were granted, held, charged or returned.',
  'balance.low': 'The balance fell below the mark set for it; once until it has been above again.',
  'budget.alerted': 'Spending crossed a threshold of a budget; once a threshold and period.',
  'invoice.paid': 'An invoice was paid.',
  'invoice.payment_failed': 'A payment did not go through.',
  'top_up.stopped': 'Automatic top-up switched itself off because the card was declined.',
  'export.ready': 'An export can be downloaded.',
  'export.failed': 'An export was given up; order its range again.',
} as const;
export type WebhookType = keyof typeof WEBHOOK_TYPES;

/** What the button "send a test" sends; nobody subscribes to it. */
export const WEBHOOK_TEST_TYPE = 'webhook.test';
