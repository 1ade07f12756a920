import { DomainError } from '../../platform/errors/index.js';

const refused = (code: string, detail: string): DomainError => new DomainError({ kind: 'unauthenticated', code, detail });
const forbidden = (code: string, detail: string): DomainError => new DomainError({ kind: 'forbidden', code, detail });

export const notSignedIn = (): DomainError =>
  refused('unauthenticated', 'This needs a caller we know. Sign in on the page, or send Authorization: Bearer with an access token or an API key.');
export const malformedAuthorization = (): DomainError =>
  refused('unauthenticated', 'The Authorization header cannot be read. Send "Bearer", one space, and an access token or an API key.');
export const invalidAccessToken = (): DomainError =>
  refused('invalid_access_token', 'The access token is not one of ours, or has expired. Get a new one at POST /auth/refresh, or sign in again.');
export const sessionEnded = (): DomainError => refused('session_ended', 'The session has ended. Sign in again.');
export const invalidApiKey = (): DomainError =>
  refused('invalid_api_key', 'The API key is not known. Check that all of it was copied; its last six characters guard against typing errors.');
export const apiKeyEnded = (): DomainError => refused('api_key_ended', 'The API key was revoked, has expired, or its owner left the tenant. Make a new one.');
export const invalidCredentials = (): DomainError =>
  refused('invalid_credentials', 'E-mail address and password do not go together. Check both, or ask for a new password.');

export const addressNotAllowed = (ip: string): DomainError =>
  forbidden('address_not_allowed', `The API key may not be used from ${ip}. Use it from an address of its list, or add this one to the list.`);
export const tenantSuspended = (): DomainError => forbidden('tenant_suspended', 'This tenant is suspended. Ask the operator of the installation.');
export const noTenant = (): DomainError => forbidden('no_tenant', 'You do not belong to any tenant at present. Ask an admin of yours to let you in again.');

export const tooManyAttempts = (retryAfterSeconds: number): DomainError =>
  new DomainError({
    kind: 'rate_limited',
    code: 'too_many_attempts',
    detail: `Too many attempts to sign in failed. Wait ${retryAfterSeconds} s and try again; nothing is locked for good.`,
    retryAfterSeconds,
  });

export const linkInvalid = (): DomainError =>
  new DomainError({
    kind: 'invalid',
    code: 'link_invalid',
    detail: 'The link is unknown, was used, or is older than it may be. Ask for a new one.',
    errors: [{ pointer: '/token', code: 'link_invalid', message: 'is not a link that can be used now', fix: 'Ask for a new mail.' }],
  });
