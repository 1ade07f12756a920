import { DomainError, notFound } from '../../../platform/errors/index.js';

/** A job that is no session: for these routes it does not exist. */
export const notASession = (): DomainError => notFound('job');

export const tooManyClicks = (max: number): DomainError =>
  new DomainError({ kind: 'conflict', code: 'too_many_clicks', detail: `A session takes ${max} clicks. Open a new one on the same picture.` });

export const stillWorking = (): DomainError =>
  new DomainError({
    kind: 'unavailable',
    code: 'temporary_reduced_capacity',
    detail: 'No machine has come to this click yet. Click again in a moment; the session stays open.',
    retryable: true,
    retryAfterSeconds: 5,
  });

export const clickFailed = (error: { class?: string; code: string; message: string } | null): DomainError =>
  error?.class === 'input'
    ? new DomainError({ kind: 'invalid', code: error.code, detail: error.message })
    : new DomainError({
        kind: 'unavailable',
        code: 'click_failed',
        detail: 'The mask could not be made, or the session was ended meanwhile. Click again, or open a new session.',
        retryable: true,
      });
