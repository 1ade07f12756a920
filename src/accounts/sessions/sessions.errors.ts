import { DomainError } from '../../platform/errors/index.js';

export const refreshRefused = (): DomainError =>
  new DomainError({
    kind: 'unauthenticated',
    code: 'invalid_refresh_token',
    detail: 'This refresh token is unknown, expired, or its session has ended. Sign in again.',
  });

export const refreshReused = (): DomainError =>
  new DomainError({
    kind: 'unauthenticated',
    code: 'refresh_token_reused',
    detail: 'This refresh token was used before, so somebody may have a copy of it. Its session was ended for safety; sign in again.',
  });

export const peopleOnly = (): DomainError =>
  new DomainError({
    kind: 'forbidden',
    code: 'people_only',
    detail: 'An API key cannot do this for the person who owns it. Sign in and send an access token, or use the web page.',
  });
