import { Injectable } from '@nestjs/common';
import { Audit } from '../../accounts/audit/index.js';
import type { Ctx } from '../../platform/context/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { typeId } from '../../platform/ids/index.js';
import { Boxes, boxHasEnded, BoxReports, type BoxDto } from '../boxes/index.js';
import { Pools } from '../pools/index.js';
import { LocalProvider } from './local-provider.service.js';
import { poolIsFull, poolIsPaused, providerUnavailable } from './providers.errors.js';

/** Boxes started and ended by hand. */
@Injectable()
export class Providers {
  constructor(
    private readonly system: SystemTx,
    private readonly pools: Pools,
    private readonly boxes: Boxes,
    private readonly reports: BoxReports,
    private readonly local: LocalProvider,
    private readonly audit: Audit,
  ) {}

  /** @throws DomainError `not_found`, `pool_is_full`, `pool_is_paused`, `provider_unavailable` */
  async startOne(ctx: Ctx, poolName: string): Promise<BoxDto> {
    const pool = await this.system.run('pool by name', (em) => this.pools.getNamed(em, poolName));
    if (pool.paused) throw poolIsPaused(pool.name);
    if (pool.provider !== 'local') throw providerUnavailable(pool.provider);
    const box = await this.local.startOne(pool);
    if (!box) throw poolIsFull(pool.name, pool.maxBoxes);
    await this.record(ctx, 'box.started', box.id);
    return this.reports.get(box.id);
  }

  /** Asks the box to go, then ends its process. @throws DomainError `not_found`, `box_has_ended` */
  async stopOne(ctx: Ctx, boxId: string): Promise<BoxDto> {
    const box = await this.boxes.find(boxId);
    if (!box) throw notFound('box');
    if (!(await this.boxes.drainById(boxId, 'stop'))) throw boxHasEnded();
    await this.record(ctx, 'box.stopped', boxId);
    void this.local.stop(box);
    return this.reports.get(boxId);
  }

  private async record(ctx: Ctx, action: string, boxId: string): Promise<void> {
    await this.system.run('audit box', (em) => this.audit.record(em, ctx, { action, target: typeId('box', boxId) }));
  }
}
