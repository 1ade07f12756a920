import { DomainError } from '../errors/index.js';

export type Refusal = 'malformed' | 'scheme' | 'credentials' | 'port' | 'address' | 'unresolved' | 'redirects' | 'too_large' | 'timeout' | 'unreachable';

const DETAILS: Record<Refusal, string> = {
  malformed: 'This is not an address. Give a full one, such as https://example.com/picture.png.',
  scheme: 'Only https:// addresses are fetched.',
  credentials: 'The address holds a user name or password. Leave them out.',
  port: 'The address names a port that is not fetched from. Use the usual port of https.',
  address: 'The address leads into a private or reserved network and is not fetched. Use a public one.',
  unresolved: 'The name in the address is not known. Check its spelling.',
  redirects: 'The address redirects more often than is followed. Give the final one.',
  too_large: 'The answer is larger than what is accepted from there.',
  timeout: 'The answer did not come in time. Try again later.',
  unreachable: 'The server at this address could not be reached or broke off. Try again later.',
};

/** 422 for what the address is, 503 for what its server did; the code is `fetch_<why>`. */
export function fetchRefused(why: Refusal, cause?: unknown): DomainError {
  const theirs = why === 'timeout' || why === 'unreachable';
  return new DomainError({ kind: theirs ? 'unavailable' : 'invalid', code: `fetch_${why}`, detail: DETAILS[why], retryable: theirs, cause });
}
