import { DomainError } from '../../platform/errors/index.js';

export const forgedWebhook = (): DomainError =>
  new DomainError({
    kind: 'unauthenticated',
    code: 'webhook_signature',
    detail: 'The signature of this webhook does not hold. Sign `id.timestamp.body` with the secret that this installation knows, within five minutes.',
  });

export const strangeWebhook = (): DomainError =>
  new DomainError({ kind: 'malformed', code: 'webhook_body', detail: 'The webhook names no prediction. Send the prediction as JSON, with its id.' });
