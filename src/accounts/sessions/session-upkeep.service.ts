import { Injectable, type OnModuleInit } from '@nestjs/common';
import { systemCtx } from '../../platform/context/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { EventConsumers, Sweeper } from '../../platform/outbox/index.js';
import { Members } from '../members/index.js';
import { Sessions } from './sessions.service.js';
import { SessionsSystemRepository } from './sessions.system.repository.js';

const PURGE_EVERY_MS = 3_600_000;

/** What happens to sessions without anybody asking. */
@Injectable()
export class SessionUpkeep implements OnModuleInit {
  constructor(
    private readonly system: SystemTx,
    private readonly repository: SessionsSystemRepository,
    private readonly sessions: Sessions,
    private readonly members: Members,
    private readonly consumers: EventConsumers,
    private readonly sweeper: Sweeper,
  ) {}

  onModuleInit(): void {
    this.consumers.on('member.changed', 'accounts/sessions:leave', (event) => this.endOfLeaver(event.tenantId, event.payload.userId));
    this.sweeper.every('sessions-ended', PURGE_EVERY_MS, () => this.system.run('sessions: delete ended', (em) => this.repository.deleteEnded(em)));
  }

  /** Who left a tenant is signed out everywhere: an open page or socket may show what is no longer theirs to see. */
  private async endOfLeaver(tenantId: string, userId: string): Promise<void> {
    const standings = await this.members.standingsOf(userId);
    if (standings.some((s) => s.tenantId === tenantId && s.active)) return;
    const ctx = systemCtx(tenantId, 'member left');
    await this.system.run('sessions: end of a leaver', (em) => this.sessions.revoke(em, ctx, userId, {}, 'left a tenant'));
  }
}
