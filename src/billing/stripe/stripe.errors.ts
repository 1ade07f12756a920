import { DomainError, invalid } from '../../platform/errors/index.js';

export const billingOff = (): DomainError =>
  new DomainError({
    kind: 'unavailable',
    code: 'billing_off',
    retryable: false,
    detail: 'Payments are not set up in this installation: whoever runs it grants credits and plans by hand. To take payments, set STRIPE_SECRET_KEY.',
  });

export const forgedWebhook = (): DomainError =>
  new DomainError({
    kind: 'malformed',
    code: 'webhook_signature',
    detail: 'The signature does not belong to these bytes and this moment. Send the event again, signed with the secret of this endpoint.',
  });

export const paymentServiceDown = (cause: unknown): DomainError =>
  new DomainError({
    kind: 'unavailable',
    code: 'payment_service_unavailable',
    detail: 'The payment service does not answer just now. Nothing was charged; try again in a minute.',
    retryAfterSeconds: 60,
    cause,
  });

export const paymentDeclined = (message: string, cause: unknown): DomainError =>
  new DomainError({
    kind: 'payment_required',
    code: 'payment_declined',
    detail: `${message} Nothing was changed; use another card in the customer portal.`,
    cause,
  });

export const isDeclined = (error: unknown): boolean => error instanceof DomainError && error.code === 'payment_declined';

export const paymentRefused = (cause: Error): DomainError =>
  new DomainError({ kind: 'unexpected', code: 'payment_request_refused', detail: `The payment service refused the request: ${cause.message}`, cause });

export const leaseLost = (): DomainError =>
  new DomainError({
    kind: 'unavailable',
    code: 'billing_busy',
    detail: 'The payments of this tenant are being looked at elsewhere. Try again in a moment.',
    retryAfterSeconds: 2,
  });

export const byContract = (plan: string): DomainError =>
  invalid([{ pointer: '/plan', code: 'by_contract', message: `${plan} is made by contract.`, fix: 'Write to whoever runs this installation.' }]);

export const planNotSold = (plan: string, sold: readonly string[]): DomainError =>
  invalid([{ pointer: '/plan', code: 'plan_unknown', message: `There is no plan "${plan}" to subscribe to.`, fix: `Use one of ${sold.join(', ')}.` }]);

export const seatsNotSold = (plan: string, seats: number | null): DomainError =>
  invalid([
    {
      pointer: '/seats',
      code: 'seats_not_sold',
      message: `${plan} has ${seats === null ? 'no limit of seats' : `${seats} seat${seats === 1 ? '' : 's'}`} and sells no more.`,
      fix: 'Leave seats out, or choose Pro.',
    },
  ]);

export const nothingToPause = (): DomainError =>
  new DomainError({ kind: 'conflict', code: 'no_subscription', detail: 'There is no subscription that runs. Subscribe first with POST /billing/subscribe.' });

export const amountsDiffer = (purchaseId: string, what: string): DomainError =>
  new DomainError({
    kind: 'unexpected',
    code: 'payment_differs',
    detail: `What was paid for the purchase ${purchaseId} is not what it costs: ${what}. No credits were granted.`,
  });

export const noCardYet = (): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'no_card',
    detail: 'There is no card on file that could be charged. Buy a pack of credits, or give a card in the customer portal, then switch it on.',
  });

export const noCustomerYet = (): DomainError =>
  new DomainError({ kind: 'conflict', code: 'no_customer', detail: 'Nothing was bought yet, so there is nothing to manage. Buy credits or subscribe first.' });
