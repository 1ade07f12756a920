import { formatCredits } from '../../billing/plans/index.js';
import { DomainError } from '../../platform/errors/index.js';

export const insufficientCredits = (estimateMilli: bigint, availableMilli: bigint): DomainError =>
  new DomainError({
    kind: 'payment_required',
    code: 'insufficient_credits',
    detail: `This costs ${formatCredits(estimateMilli)} credits and ${formatCredits(availableMilli)} are available. Make it smaller or fewer, wait for running jobs to end, or get more credits. Nothing was charged.`,
    extra: { estimate: formatCredits(estimateMilli), available: formatCredits(availableMilli), limitSource: 'wallet' },
  });

export const queueFull = (waiting: number): DomainError =>
  new DomainError({
    kind: 'rate_limited',
    code: 'queue_full',
    detail: `${waiting} jobs of your organisation have not ended; your plan takes no more. Send it again when some have ended.`,
    retryAfterSeconds: 30,
  });

export const keyReused = (): DomainError =>
  new DomainError({
    kind: 'invalid',
    code: 'idempotency_key_reused',
    detail: 'This Idempotency-Key was used for another request. Use a new key for a new request, or send the same body again.',
  });

export const jobBusy = (max: number): DomainError =>
  new DomainError({
    kind: 'rate_limited',
    code: 'job_busy',
    detail: `${max} requests of this session have not been answered yet. Wait for one of them, then ask again.`,
    retryAfterSeconds: 1,
  });

export const jobClosed = (): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'session_ended',
    detail: 'The session has ended: it was closed, cancelled, or its time is over. Open a new one.',
  });

export const notYourJob = (): DomainError =>
  new DomainError({
    kind: 'forbidden',
    code: 'permission_denied',
    detail: 'You may see this job but not cancel it. Ask the person who sent it, or an administrator.',
  });
