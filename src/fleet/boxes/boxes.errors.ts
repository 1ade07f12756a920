import { DomainError, type FieldFault } from '../../platform/errors/index.js';

export const unknownBox = (): DomainError =>
  new DomainError({
    kind: 'unauthenticated',
    code: 'box_unknown',
    detail: 'The box token is missing, unknown or has expired, or the box has ended. Start the box again, so that it registers with a new proof.',
  });

/** One answer for a wrong secret, an unknown instance, a used or expired nonce: none may be probed by the refusal. */
export const registrationRefused = (): DomainError =>
  new DomainError({
    kind: 'unauthenticated',
    code: 'registration_refused',
    detail: 'The bootstrap secret or the proof does not hold: it may be wrong, expired, or used before. Let the provider start a new box.',
  });

export const proofUnsupported = (kind: string, wanted: string): DomainError =>
  new DomainError({
    kind: 'invalid',
    code: 'proof_unsupported',
    detail: `A box of this pool proves itself with a ${wanted} proof; ${kind} is not accepted. Start the box through the pool's provider.`,
  });

export const wrongClass = (found: string, wanted: string): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'class_mismatch',
    detail: `The box reports GPU class ${found}, its pool has ${wanted}. Put it in a pool of its own class.`,
  });

/** What an hour costs depends on it, so it is not the box's to say. */
export const wrongCapacity = (found: string, wanted: string): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'capacity_mismatch',
    detail: `The box reports capacity ${found}, its pool has ${wanted}. Start it in a pool of its own capacity.`,
  });

export const superseded = (): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'superseded',
    detail: 'This attempt is no longer the current one: its lease ran out or the task was given away. Drop the work and lease again.',
  });

export const outputTooLarge = (bytes: number, max: number): DomainError =>
  new DomainError({
    kind: 'too_large',
    code: 'output_too_large',
    detail: `An output of ${bytes} bytes is larger than the ${max} this installation accepts. Raise ATELIER_OUTPUT_MAX_BYTES or make smaller outputs.`,
  });

export const outputsRefused = (errors: FieldFault[]): DomainError =>
  new DomainError({
    kind: 'invalid',
    code: 'output_mismatch',
    detail: 'An output is not in storage as announced. Upload it with the address granted for this attempt, then complete again.',
    errors,
  });

export const closingDown = (): DomainError =>
  new DomainError({
    kind: 'unavailable',
    code: 'closing_down',
    detail: 'This process is closing down. Ask again in a second; another one, or the next, will answer.',
    retryAfterSeconds: 1,
  });

export const boxHasEnded = (): DomainError =>
  new DomainError({ kind: 'conflict', code: 'box_has_ended', detail: 'The box has ended already. GET /fleet/boxes shows those that live.' });
