import { DomainError } from '../../platform/errors/index.js';

export const tooManyEndpoints = (max: number): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'too_many_webhooks',
    detail: `A tenant has at most ${max} webhook endpoints. Delete one that is no longer needed, or let one endpoint receive more types of events.`,
  });

export const endpointOff = (): DomainError =>
  new DomainError({ kind: 'conflict', code: 'webhook_disabled', detail: 'This endpoint is switched off and gets nothing. Switch it on first.' });
