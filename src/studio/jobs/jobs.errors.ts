import { formatCredits } from '../../billing/plans/index.js';
import { DomainError } from '../../platform/errors/index.js';

export const planRequired = (o: { pointer: string; pixels: number; allowed: number; plan: string; planThatAllows: string | null }): DomainError =>
  new DomainError({
    kind: 'forbidden',
    code: 'plan_required',
    detail: `Your plan ${o.plan} makes pictures of at most ${o.allowed} pixels a side, this one has ${o.pixels}. ${o.planThatAllows ? `Choose a smaller size, or move to the plan ${o.planThatAllows}.` : 'Choose a smaller size, or a larger plan.'}`,
    errors: [{ pointer: o.pointer, code: 'plan_required', message: `At most ${o.allowed} pixels on this plan.` }],
    extra: { limit: 'sideMax', plan: o.plan, planRequired: o.planThatAllows },
  });

export const gpuClassRequired = (plan: string, classes: readonly string[]): DomainError =>
  new DomainError({
    kind: 'forbidden',
    code: 'plan_required',
    detail: `The model runs on ${classes.join(' or ')}, which your plan ${plan} does not include. Choose another model, or a larger plan.`,
    extra: { limit: 'gpuClasses', plan },
  });

export const insufficientCredits = (estimateMilli: bigint, availableMilli: bigint, limitSource: string): DomainError =>
  new DomainError({
    kind: 'payment_required',
    code: limitSource === 'budget' ? 'budget_exceeded' : 'insufficient_credits',
    detail: `This costs ${formatCredits(estimateMilli)} credits and ${formatCredits(availableMilli)} are available. Make it smaller or fewer, wait for running jobs to end, or get more credits. Nothing was charged.`,
    extra: { estimate: formatCredits(estimateMilli), available: formatCredits(availableMilli), limitSource },
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

export const jobClosed = (): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'session_ended',
    detail: 'The session has ended: it was closed, cancelled, or its time is over. Open a new one.',
  });

export const videosRequired = (plan: string, planThatAllows: string | null): DomainError =>
  new DomainError({
    kind: 'forbidden',
    code: 'plan_required',
    detail: `Your plan ${plan} makes no videos. ${planThatAllows ? `Move to the plan ${planThatAllows}.` : 'Move to a larger plan.'}`,
    extra: { limit: 'videosPerMonth', plan, planRequired: planThatAllows },
  });

export const videosUsedUp = (o: { plan: string; allowed: number; endsAt: Date; planThatAllows: string | null }): DomainError =>
  new DomainError({
    kind: 'forbidden',
    code: 'plan_required',
    detail: `Your plan ${o.plan} makes ${o.allowed} videos a month, and they are used up until ${o.endsAt.toISOString()}. ${o.planThatAllows ? `Wait until then, or move to the plan ${o.planThatAllows}.` : 'Wait until then.'} Nothing was charged.`,
    extra: { limit: 'videosPerMonth', plan: o.plan, allowed: o.allowed, resetsAt: o.endsAt.toISOString(), planRequired: o.planThatAllows },
  });

export const notYourJob = (): DomainError =>
  new DomainError({
    kind: 'forbidden',
    code: 'permission_denied',
    detail: 'You may see this job but not cancel it. Ask the person who sent it, or an administrator.',
  });
