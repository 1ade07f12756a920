import { createHash, randomBytes } from 'node:crypto';
import type { EngineName, GpuClass, TaskKind } from '@atelier/contracts';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Audit } from '../../accounts/audit/index.js';
import { coreConfig, type ConfigOf } from '../../platform/config/index.js';
import type { Ctx } from '../../platform/context/index.js';
import { onCommit, outsideTransaction, SystemTx } from '../../platform/database/index.js';
import { invalid, notFound } from '../../platform/errors/index.js';
import { newId, typeId } from '../../platform/ids/index.js';
import { log } from '../../platform/telemetry/index.js';
import { offers } from './offers.js';
import type { Lane, Pool } from './pool.js';
import type { CreatePoolDto, UpdatePoolDto } from './pools.dto.js';
import { noSuchPool, poolNameTaken } from './pools.errors.js';
import * as repository from './pools.system.repository.js';
import { fleetConfig } from './settings.js';

/** How old the picture of pools and lanes may be that submissions choose their lane by. */
const REFRESH_MS = 2000;
const SECRET_VALID_MS = 30 * 24 * 3_600_000;
const SECRET_OVERLAP_MS = 3_600_000;

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** Pools and their lanes. Every process keeps a recent picture of them, so that submitting reads no extra row. */
/** How the name of a pool for this machine's GPU begins. */
const LOCAL_GPU = 'local-gpu-';

@Injectable()
export class Pools implements OnModuleInit, OnModuleDestroy {
  private readonly log = log('fleet/pools');
  private pools: Pool[] = [];
  private lanes: Lane[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly system: SystemTx,
    private readonly audit: Audit,
    @Inject(coreConfig.token) private readonly core: ConfigOf<typeof coreConfig>,
    @Inject(fleetConfig.token) private readonly config: ConfigOf<typeof fleetConfig>,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.system.run('first pool', (em) => this.ensureLocalPool(em));
    await this.refresh();
    this.timer = setInterval(
      () => void this.refresh().catch((error: unknown) => this.log.debug({ err: error }, 'the picture of the pools is old')),
      REFRESH_MS,
    );
    this.timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** The recent picture, at most two seconds old. */
  known(): readonly Pool[] {
    return this.pools;
  }
  knownLanes(): readonly Lane[] {
    return this.lanes;
  }

  list(): Promise<Pool[]> {
    return this.system.run('list pools', repository.findPools);
  }

  async findNamed(em: EntityManager, name: string): Promise<Pool | undefined> {
    return (await repository.findPools(em)).find((pool) => pool.name === name);
  }

  /** @throws DomainError `not_found` */
  async getNamed(em: EntityManager, name: string): Promise<Pool> {
    return (await this.findNamed(em, name)) ?? Promise.reject(noSuchPool(name));
  }

  async create(ctx: Ctx, wish: CreatePoolDto): Promise<Pool> {
    const { name, class: gpuClass, provider = 'local', capacity = 'on_demand', min = 0, max = Math.max(1, min), slotsPerBox = 1 } = wish;
    assertRange(min, max);
    return this.changed('create pool', async (em) => {
      const pool = await repository.insertPool(em, { id: newId(), name, provider, gpuClass, capacity, minBoxes: min, maxBoxes: max, slotsPerBox });
      if (!pool) throw poolNameTaken(name);
      await this.audit.record(em, ctx, { action: 'pool.created', target: typeId('pool', pool.id), after: settingsOf(pool) });
      return pool;
    });
  }

  async update(ctx: Ctx, id: string, wish: UpdatePoolDto): Promise<Pool> {
    return this.changed('update pool', async (em) => {
      const before = await repository.lockPool(em, id);
      if (!before) throw notFound('pool');
      const { min = before.minBoxes, max = before.maxBoxes, slotsPerBox = before.slotsPerBox, paused = before.paused } = wish;
      assertRange(min, max);
      const pool = await repository.updatePool(em, id, { minBoxes: min, maxBoxes: max, slotsPerBox, paused });
      await this.audit.record(em, ctx, { action: 'pool.updated', target: typeId('pool', id), before: settingsOf(before), after: settingsOf(pool) });
      return pool;
    });
  }

  /** A new bootstrap secret, shown this once; older ones hold for another hour. */
  async rotateSecret(ctx: Ctx, id: string): Promise<{ secret: string; expiresAt: Date }> {
    return this.system.run('rotate pool secret', async (em) => {
      const pool = await repository.lockPool(em, id);
      if (!pool) throw notFound('pool');
      await repository.retireSecrets(em, id, SECRET_OVERLAP_MS);
      await this.audit.record(em, ctx, { action: 'pool.secret_rotated', target: typeId('pool', id) });
      return this.newSecret(em, id, SECRET_VALID_MS);
    });
  }

  /** A bootstrap secret for a box that is started now; valid for `validMs` beside those given out before. */
  async newSecret(em: EntityManager, poolId: string, validMs: number): Promise<{ secret: string; expiresAt: Date }> {
    const secret = randomBytes(32).toString('base64url');
    return { secret, expiresAt: await repository.insertSecret(em, poolId, hashOf(secret), validMs) };
  }

  secretHolds(em: EntityManager, poolId: string, secret: string): Promise<boolean> {
    return repository.secretHolds(em, poolId, hashOf(secret));
  }

  /** Held until the transaction ends: whoever counts a pool's boxes to add one. */
  async lock(em: EntityManager, poolId: string): Promise<void> {
    await repository.lockPool(em, poolId);
  }

  /** The pool of external calls, made when it is first configured; `slots` 0: nothing may be called. Returns its id, null where there never was one. */
  async ensureExternal(slots: number, abilities: readonly string[]): Promise<string | null> {
    return this.changed('external pool', async (em) => {
      const bare = { name: 'external', provider: 'external', gpuClass: 'CPU', capacity: 'on_demand', minBoxes: 0, maxBoxes: 0 } as const;
      if (slots > 0) await repository.insertPool(em, { id: newId(), ...bare, slotsPerBox: slots });
      const pool = (await repository.findPools(em)).find(({ provider }) => provider === 'external');
      if (!pool) return null;
      if (slots > 0) await repository.updatePool(em, pool.id, { ...pool, slotsPerBox: slots });
      await repository.updateLive(em, pool.id, slots, abilities);
      return pool.id;
    });
  }

  /**
   * Slots of the boxes that take work now and what they can do; `abilities` null: there is none to ask, what the last ones could is kept. This process knows at
   * once, others within two seconds.
   */
  async setLive(em: EntityManager, poolId: string, liveSlots: number, abilities: readonly string[] | null): Promise<void> {
    await repository.updateLive(em, poolId, liveSlots, abilities);
    onCommit(() => {
      this.pools = this.pools.map((pool) => (pool.id === poolId ? { ...pool, liveSlots, abilities: abilities ?? pool.abilities } : pool));
    });
  }

  /** Whether some pool that takes work may run this kind on this engine, by the recent picture. `gpuClasses`: those that plan and model allow. */
  offers(engine: EngineName, kind: TaskKind, gpuClasses: readonly GpuClass[]): boolean {
    return offers(this.pools, { engine, kind, gpuClasses });
  }

  /** A lane by id; one that another process has just made is looked up. */
  async findLane(laneId: string): Promise<Lane | undefined> {
    const known = (): Lane | undefined => this.lanes.find((lane) => lane.id === laneId);
    if (!known()) await this.refresh();
    return known();
  }

  /** The lane of a pool for a base model, made in the caller's transaction when it is the first of its kind. */
  async laneFor(em: EntityManager, poolId: string, base: string): Promise<string> {
    const known = this.lanes.find((lane) => lane.poolId === poolId && lane.base === base);
    if (known) return known.id;
    const id = await repository.ensureLane(em, newId(), poolId, base);
    onCommit(() => {
      if (!this.lanes.some((lane) => lane.id === id)) this.lanes = [...this.lanes, { id, poolId, base }];
    });
    return id;
  }

  /** The pool of this machine's GPU, one box; null: there is none to work on, and pools made for one before keep no box. */
  async ensureLocalGpu(gpuClass: GpuClass | null): Promise<void> {
    const name = gpuClass && `${LOCAL_GPU}${gpuClass.toLowerCase()}`;
    await this.changed('pool of the local GPU', async (em) => {
      for (const pool of await repository.findPools(em)) {
        if (!pool.name.startsWith(LOCAL_GPU) || pool.provider !== 'local') continue;
        const minBoxes = pool.name === name ? 1 : 0;
        await repository.updatePool(em, pool.id, { ...pool, minBoxes, maxBoxes: Math.max(pool.maxBoxes, minBoxes), slotsPerBox: this.config.localSlots });
      }
      if (!gpuClass || !name) return;
      const made = { name, provider: 'local', gpuClass, capacity: 'on_demand', minBoxes: 1, maxBoxes: 1, slotsPerBox: this.config.localSlots } as const;
      await repository.insertPool(em, { id: newId(), ...made });
    });
  }

  /** Everything a fresh installation needs: one pool on this machine. The environment of those that run boxes decides its size at every start. */
  private async ensureLocalPool(em: EntityManager): Promise<void> {
    const { localBoxes, localSlots } = this.config;
    const maxBoxes = Math.max(localBoxes, 4);
    const made = await repository.insertPool(em, {
      id: newId(),
      name: 'local',
      provider: 'local',
      gpuClass: 'CPU',
      capacity: 'on_demand',
      minBoxes: localBoxes,
      maxBoxes,
      slotsPerBox: localSlots,
    });
    if (made || this.core.role === 'api') return;
    const pool = (await repository.findPools(em)).find(({ name }) => name === 'local')!;
    await repository.updatePool(em, pool.id, { ...pool, minBoxes: localBoxes, maxBoxes: Math.max(pool.maxBoxes, localBoxes), slotsPerBox: localSlots });
  }

  private async changed<T>(why: string, fn: (em: EntityManager) => Promise<T>): Promise<T> {
    const result = await this.system.run(why, fn);
    await this.refresh();
    return result;
  }

  private async refresh(): Promise<void> {
    const read = (em: EntityManager): Promise<[Pool[], Lane[]]> => repository.findPools(em).then(async (pools) => [pools, await repository.findLanes(em)]);
    [this.pools, this.lanes] = await outsideTransaction(() => this.system.run('picture of the pools', read));
  }
}

function assertRange(min: number, max: number): void {
  if (min > max) throw invalid([{ pointer: '/min', code: 'above_max', message: `min (${min}) is larger than max (${max}).`, fix: 'Lower min or raise max.' }]);
}

const settingsOf = ({ name, gpuClass, capacity, minBoxes, maxBoxes, slotsPerBox, paused }: Pool): object => ({
  name,
  class: gpuClass,
  capacity,
  min: minBoxes,
  max: maxBoxes,
  slotsPerBox,
  paused,
});
