import { createHash } from 'node:crypto';

/** An entry as it enters the chain. `at` is the database's text with microseconds, so that no rounding of a clock changes the hash. */
export interface ChainEntry {
  seq: number;
  id: string;
  tenantId: string;
  at: string;
  actorKind: string;
  actorId: string | null;
  via: string | null;
  action: string;
  target: string | null;
  before: unknown;
  after: unknown;
  ip: string | null;
  requestId: string | null;
}
export interface SealedEntry extends ChainEntry {
  hash: Buffer;
}
/** The end of a chain: number and hash of its newest entry. */
export interface ChainHead {
  seq: number;
  hash: Buffer;
}
export interface ChainFault {
  seq: number;
  reason: 'missing' | 'altered' | 'head_mismatch';
}

/** What the first entry of every chain is linked to. */
export const CHAIN_START: ChainHead = { seq: 0, hash: Buffer.alloc(32) };

/** JSON with sorted keys at every depth and no spaces: one text for one value, whatever order the database keeps keys in. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value as Record<string, unknown>).filter(([, v]) => v !== undefined);
    return `{${members
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, v]) => `${JSON.stringify(key)}:${canonical(v)}`)
      .join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}

/** h(n) = SHA-256(h(n−1) ‖ canonical(entry n)). */
export function link(previous: Buffer, entry: ChainEntry): Buffer {
  const { seq, id, tenantId, at, actorKind, actorId, via, action, target, before, after, ip, requestId } = entry;
  const row = canonical({ seq, id, tenantId, at, actorKind, actorId, via, action, target, before, after, ip, requestId });
  return createHash('sha256').update(previous).update(row, 'utf8').digest();
}

/** Gives entries without a place theirs, after `head`. */
export function seal(head: ChainHead, entries: readonly Omit<ChainEntry, 'seq'>[]): SealedEntry[] {
  let { seq, hash } = head;
  return entries.map((entry) => {
    const numbered = { ...entry, seq: ++seq };
    hash = link(hash, numbered);
    return { ...numbered, hash };
  });
}

/** Walks on from `head` over entries in order of `seq`; stops at the first place at which the chain is not what it was. */
export function follow(head: ChainHead, entries: readonly SealedEntry[]): { head: ChainHead; fault?: ChainFault } {
  let { seq, hash } = head;
  for (const entry of entries) {
    if (entry.seq !== seq + 1) return { head: { seq, hash }, fault: { seq: seq + 1, reason: 'missing' } };
    const expected = link(hash, entry);
    if (!expected.equals(entry.hash)) return { head: { seq, hash }, fault: { seq: entry.seq, reason: 'altered' } };
    seq = entry.seq;
    hash = expected;
  }
  return { head: { seq, hash } };
}
