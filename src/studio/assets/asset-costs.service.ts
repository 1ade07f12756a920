import { Injectable } from '@nestjs/common';
import { Ledger } from '../../billing/ledger/index.js';
import { formatCredits } from '../../billing/plans/index.js';
import { Usage } from '../../billing/usage/index.js';
import type { Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import type { AssetCost } from './assets.dto.js';
import { countOfJob } from './assets.repository.js';

/** What the making of an asset cost. Charges belong to jobs; a job of several pictures is shared equally among them. */
@Injectable()
export class AssetCosts {
  constructor(
    private readonly tx: TenantTx,
    private readonly ledger: Ledger,
    private readonly usage: Usage,
  ) {}

  /** Null until the job has ended. */
  async ofJob(ctx: Ctx, jobId: string): Promise<AssetCost | null> {
    return this.tx.run(ctx, async (em) => {
      const hold = await this.ledger.holdOf(em, jobId);
      if (!hold || hold.state === 'open') return null;
      const outputs = await countOfJob(em, jobId);
      const used = await this.usage.ofJob(em, jobId);
      return {
        jobCharged: formatCredits(hold.chargedMilli),
        outputs,
        share: formatCredits(outputs > 0 ? hold.chargedMilli / BigInt(outputs) : 0n),
        gpuSeconds: used.seconds,
        gpuClass: used.class,
        ...(ctx.permissions.has('cost:read') && { costMicros: used.costMicros.toString() }),
      };
    });
  }
}
