import { Injectable, type OnModuleInit } from '@nestjs/common';
import { systemCtx } from '../../platform/context/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { EventConsumers } from '../../platform/outbox/index.js';
import { Members } from '../members/index.js';
import { Revocations } from '../sessions/index.js';
import { ApiKeys } from './api-keys.service.js';
import { ApiKeysSystemRepository, type KeyUse } from './api-keys.system.repository.js';

/** What happens to keys without anybody asking. */
@Injectable()
export class KeyUpkeep implements OnModuleInit {
  constructor(
    private readonly system: SystemTx,
    private readonly repository: ApiKeysSystemRepository,
    private readonly keys: ApiKeys,
    private readonly members: Members,
    private readonly revocations: Revocations,
    private readonly consumers: EventConsumers,
  ) {}

  onModuleInit(): void {
    this.revocations.addSource((seconds) => this.system.run('revocations: keys', (em) => this.repository.revokedWithin(em, seconds)));
    this.consumers.on('member.changed', 'accounts/api-keys:leave', (event) => this.endOfLeaver(event.tenantId, event.payload.userId));
  }

  /** Remembers uses that were collected for a while. */
  async touch(uses: readonly KeyUse[]): Promise<void> {
    if (uses.length > 0) await this.system.run('keys: last use', (em) => this.repository.touch(em, uses));
  }

  private async endOfLeaver(tenantId: string, userId: string): Promise<void> {
    const standings = await this.members.standingsOf(userId);
    if (standings.some((s) => s.tenantId === tenantId && s.active)) return;
    await this.keys.revokeAllOf(systemCtx(tenantId, 'member left'), userId);
  }
}
