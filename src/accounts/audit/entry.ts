import { typeId } from '../../platform/ids/index.js';
import type { Actor, Ctx } from '../../platform/context/index.js';

/** Who acted where: a request's context, or what is known of a caller who is nobody yet. */
export type AuditContext = Pick<Ctx, 'tenantId' | 'requestId' | 'ip'> & { actor: Actor | { kind: 'anonymous' } };

/** One thing that was done. Names in `action` are `noun.verb_in_past_tense`; values never hold secrets, prompts or pictures. */
export interface AuditNote {
  action: string;
  /** TypeID of what it was done to. */
  target?: string;
  before?: unknown;
  after?: unknown;
}

export interface ActorColumns {
  kind: 'user' | 'key' | 'system' | 'anonymous';
  userId: string | null;
  via: string | null;
}

export function actorColumns(actor: AuditContext['actor']): ActorColumns {
  switch (actor.kind) {
    case 'user':
      return { kind: 'user', userId: actor.userId, via: typeId('ses', actor.sessionId) };
    case 'key':
      return { kind: 'key', userId: actor.userId, via: typeId('key', actor.keyId) };
    case 'system':
      return { kind: 'system', userId: null, via: actor.name };
    case 'anonymous':
      return { kind: 'anonymous', userId: null, via: null };
  }
}
