import { DomainError, invalid } from '../../platform/errors/index.js';

export const holdMissing = (jobId: string): DomainError =>
  new DomainError({ kind: 'unexpected', code: 'hold_missing', detail: `The job ${jobId} has no hold. Hold in the transaction that makes the job.` });

export const chargeExceedsHold = (jobId: string, chargeMilli: bigint, cause: unknown): DomainError =>
  new DomainError({
    kind: 'unexpected',
    code: 'charge_exceeds_hold',
    detail: `The job ${jobId} cannot be charged ${chargeMilli} milli-credits: more than it holds, or less than 0. Extend the hold first, or charge what is held.`,
    cause,
  });

export const alreadyHeld = (cause: unknown): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'already_held',
    detail: 'A job holds credits once, when it is made; one of these jobs has a hold already. Extend that hold instead.',
    cause,
  });

export const nothingGranted = (): DomainError =>
  invalid([{ pointer: '/credits', code: 'too_small', message: 'credits must be more than 0.', fix: 'Grant at least "0.001".' }]);

export const expiryInThePast = (): DomainError =>
  invalid([
    {
      pointer: '/expiresAt',
      code: 'in_the_past',
      message: 'expiresAt lies in the past.',
      fix: 'Give an instant to come, or leave it out for twelve months from now.',
    },
  ]);
