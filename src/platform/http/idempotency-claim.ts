import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../errors/index.js';

/** What a request says about being sent twice. */
export interface IdempotencyClaim {
  /** The `Idempotency-Key`; undefined: the caller did not ask for it. */
  key?: string;
  /** SHA-256 (hex) over path, query and body; the order of members does not count. */
  readonly bodyHash: string;
  /** Method and path template, `POST /api/v1/uploads/:id/complete`. */
  route: string;
  /** A service that answers from an earlier request sets this; the answer then says `Idempotent-Replayed: true`. */
  replayed?: boolean;
}

const LONGEST = 255;

/** @throws DomainError `idempotency_key_invalid` (400) */
export function claimOf(request: FastifyRequest): IdempotencyClaim {
  const key = request.headers['idempotency-key'];
  if (key !== undefined && (typeof key !== 'string' || !/^[\x21-\x7e][\x20-\x7e]*$/.test(key) || key.length > LONGEST)) {
    throw new DomainError({
      kind: 'malformed',
      code: 'idempotency_key_invalid',
      detail: `The Idempotency-Key must be 1 to ${LONGEST} printable ASCII characters. A random UUID is a good one.`,
    });
  }
  let hash: string | undefined;
  return {
    ...(key === undefined ? {} : { key }),
    route: `${request.method} ${request.routeOptions.url ?? request.url}`,
    // Most requests carry no key, and nobody asks.
    get bodyHash() {
      return (hash ??= hashOf(request));
    },
  };
}

/** A streamed body (multipart) cannot be hashed before it was read: its length and type stand for it. */
function hashOf(request: FastifyRequest): string {
  const hash = createHash('sha256').update(request.url).update('\n');
  if (request.body !== undefined) hash.update(canonical(request.body));
  else hash.update(`${request.headers['content-length'] ?? ''} ${(request.headers['content-type'] ?? '').split(';')[0]}`);
  return hash.digest('hex');
}

/** JSON with the members of every object in one order. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
