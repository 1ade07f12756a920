/** A key that makes a repeated request the same request. Not `randomUUID`: that exists only over HTTPS and on localhost. */
export function idempotencyKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
