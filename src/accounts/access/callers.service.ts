import { hash } from 'node:crypto';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../platform/clock/index.js';
import { Wakeups } from '../../platform/outbox/index.js';
import { Revocations } from '../sessions/index.js';
import { apiKeyEnded, sessionEnded } from './access.errors.js';
import type { Credential } from './credential.js';
import { concerns, credentialId, type Identity } from './identity.js';
import { Identities } from './identities.service.js';
import { RecentIdentities } from './recent-identities.js';

/** Who is behind a credential. One that was seen in the last seconds costs no query; one that was revoked stops within 5 s, as a rule at once. */
@Injectable()
export class Callers implements OnModuleInit, OnApplicationShutdown {
  private readonly recent: RecentIdentities;
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly identities: Identities,
    private readonly revocations: Revocations,
    private readonly wakeups: Wakeups,
    private readonly clock: Clock,
  ) {
    this.recent = new RecentIdentities(() => clock.now().getTime());
  }

  onModuleInit(): void {
    this.unsubscribe = this.wakeups.subscribe('revoked', (id) => this.recent.drop((identity) => concerns(identity, id)));
  }

  onApplicationShutdown(): void {
    this.unsubscribe?.();
  }

  /** @throws 401 for what is unknown or has ended. */
  identify(credential: Credential): Promise<Identity> {
    // The digest, so that no secret stays in memory longer than its request.
    return this.known(hash('sha256', `${credential.kind} ${credential.secret}`, 'base64'), () => this.identities.lookUp(credential));
  }

  /** The person behind a session, for what was opened by one and outlives its token. @throws 401 when it has ended. */
  identifySession(sessionId: string): Promise<Identity> {
    return this.known(`session ${sessionId}`, () => this.identities.bySession(sessionId));
  }

  private async known(name: string, lookUp: () => Promise<Identity>): Promise<Identity> {
    const identity = this.recent.find(name) ?? (await this.recent.load(name, lookUp));
    const ended = identity.endsAt !== null && identity.endsAt <= this.clock.now();
    if (ended || this.revocations.isRevoked(credentialId(identity))) throw identity.actor.kind === 'key' ? apiKeyEnded() : sessionEnded();
    return identity;
  }
}
