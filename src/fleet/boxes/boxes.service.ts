import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { onCommit, SystemTx } from '../../platform/database/index.js';
import { newId } from '../../platform/ids/index.js';
import { Wakeups } from '../../platform/outbox/index.js';
import { Pools, type Pool } from '../pools/index.js';
import { Attempts } from '../tasks/index.js';
import type { Box } from './box.js';
import * as repository from './boxes.system.repository.js';
import { reportOfSilence } from './silence.js';

/** How long a started box has to register. */
const NONCE_VALID_MS = 10 * 60_000;
/** A secret made for one start outlives its nonce a little. */
const SECRET_VALID_MS = 15 * 60_000;

export const secretHash = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** What a provider hands to a box it starts, over a private channel. */
export interface LaunchedBox {
  box: Box;
  nonce: string;
  bootstrapSecret: string;
}

/** The life of boxes, for providers and sweeps: launched, asked to stop, fallen silent, ended. */
@Injectable()
export class Boxes {
  constructor(
    private readonly system: SystemTx,
    private readonly pools: Pools,
    private readonly attempts: Attempts,
    private readonly wakeups: Wakeups,
  ) {}

  /**
   * A row for a box that a provider is about to start, with its single-use proof. Null when the pool has as many boxes that serve (or that live, going
   * ones included) as `most` allows; counted under the pool's lock, so that two processes never both start the last one.
   */
  async launch(pool: Pool, instanceId: string, most: { serving: number } | { living: number }): Promise<LaunchedBox | null> {
    const nonce = randomBytes(32).toString('base64url');
    return this.system.run('launch box', async (em) => {
      await this.pools.lock(em, pool.id);
      const living = await repository.findLiving(em, pool.id);
      const serving = living.filter((box) => box.state === 'booting' || box.state === 'ready');
      if ('serving' in most ? serving.length >= most.serving : living.length >= most.living) return null;
      const { gpuClass, capacity, slotsPerBox: slots } = pool;
      const box = await repository.insertBox(em, {
        id: newId(),
        poolId: pool.id,
        instanceId,
        gpuClass,
        capacity,
        slots,
        nonceHash: secretHash(nonce),
        nonceValidMs: NONCE_VALID_MS,
      });
      const { secret } = await this.pools.newSecret(em, pool.id, SECRET_VALID_MS);
      return { box, nonce, bootstrapSecret: secret };
    });
  }

  setPid(boxId: string, pid: number): Promise<void> {
    return this.system.run('note pid of box', (em) => repository.setPid(em, boxId, pid));
  }

  find(boxId: string): Promise<Box | undefined> {
    return this.system.run('find box', (em) => repository.findBox(em, boxId));
  }

  living(poolId: string): Promise<Box[]> {
    return this.system.run('living boxes', (em) => repository.findLiving(em, poolId));
  }

  /** Asks a box by id. False when there is none, or it has ended. */
  async drainById(boxId: string, reason: string): Promise<boolean> {
    return this.system.run('drain box', async (em) => {
      const box = await repository.lockBox(em, boxId);
      if (box && box.state !== 'gone') await this.drain(em, box, reason);
      return box !== undefined && box.state !== 'gone';
    });
  }

  /** Asks a box to finish what it runs and go. Nothing happens to one that is going already. */
  async drain(em: EntityManager, box: Box, reason: string): Promise<void> {
    if (box.state !== 'booting' && box.state !== 'ready') return;
    await this.retire(em, box, box.state === 'booting' ? 'gone' : 'draining', reason);
  }

  /** Takes a locked box out of service. Its long poll ends, so that it hears of it now. */
  async retire(em: EntityManager, box: Box, state: 'draining' | 'quarantined' | 'gone', reason: string): Promise<void> {
    await repository.setState(em, box.id, state, reason);
    await this.slotsChanged(em, box.poolId);
    onCommit(() => this.wakeups.wake('lease', box.id));
  }

  /** The provider knows that the machine is no more. What it still held was lost with it; `ourOutage`: it went down together with us, which counts against nobody. */
  async ended(boxId: string, reason: string, o: { ourOutage?: boolean } = {}): Promise<void> {
    await this.system.run('box ended', async (em) => {
      const box = await repository.lockBox(em, boxId);
      if (!box || box.state === 'gone') return;
      await repository.setState(em, box.id, 'gone', reason);
      await this.loseTasks(em, box, o.ourOutage);
      await this.slotsChanged(em, box.poolId);
    });
  }

  /** Ends what a box held when it fell silent: lost without notice, given back when it had been told to go. */
  async loseTasks(em: EntityManager, box: Box, ourOutage = false): Promise<void> {
    const report = ourOutage ? ({ kind: 'released', reason: 'outage' } as const) : reportOfSilence(box);
    for (const task of await this.attempts.lockOnBox(em, box.id)) await this.attempts.end(em, task, report, { endedAt: box.lastHeartbeatAt ?? undefined });
  }

  /** Counts the pool's slots again and lets its lanes use them. */
  async slotsChanged(em: EntityManager, poolId: string): Promise<void> {
    const { slots, abilities } = await repository.findLive(em, poolId);
    await this.pools.setLive(em, poolId, slots, abilities);
    onCommit(() => {
      for (const lane of this.pools.knownLanes()) if (lane.poolId === poolId) this.wakeups.wake('lane', lane.id);
    });
  }
}
