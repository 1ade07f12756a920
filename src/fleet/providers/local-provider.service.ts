import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { coreConfig, type ConfigOf } from '../../platform/config/index.js';
import { outsideTransaction } from '../../platform/database/index.js';
import { Sweeper } from '../../platform/outbox/index.js';
import { log } from '../../platform/telemetry/index.js';
import { Boxes, type Box } from '../boxes/index.js';
import { Pools, type Pool } from '../pools/index.js';
import { isBoxProcess, signal, startBoxProcess, STOP_PATIENCE_MS } from './box-process.js';
import { LocalMachine } from './local-machine.service.js';
import { crashesAfter, respawnDelayMs } from './respawn.js';

const TICK_MS = 500;
/** A row whose process number was never noted: we died between the two. */
const PID_PATIENCE_MS = 30_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Boxes as child processes of this machine: keeps each local pool at its minimum, knows those that an earlier process of ours left, ends them with us. */
@Injectable()
export class LocalProvider implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = log('fleet/providers');
  private readonly children = new Map<string, ChildProcess>();
  private readonly crashes = new Map<string, { count: number; notBefore: number }>();
  private readonly lostSince = new Map<string, number>();
  private firstTick = true;
  private settled = false;
  private stopping = false;

  constructor(
    private readonly pools: Pools,
    private readonly boxes: Boxes,
    private readonly sweeper: Sweeper,
    private readonly host: HttpAdapterHost,
    @Inject(coreConfig.token) private readonly core: ConfigOf<typeof coreConfig>,
    private readonly machine: LocalMachine,
  ) {}

  onModuleInit(): void {
    this.sweeper.every('local boxes', TICK_MS, () => this.tick());
  }

  /** Looking at the machine may take seconds; nobody waits for it but the first box. */
  onApplicationBootstrap(): void {
    if (this.core.role === 'api') return;
    void outsideTransaction(() => this.machine.settle())
      .catch((error: unknown) => this.log.warn({ err: error }, 'the pool of this machine’s GPU was not looked after'))
      .finally(() => (this.settled = true));
  }

  /** Runs while we still answer, so that the boxes can hand back what they hold. */
  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    if (this.core.role === 'api') return;
    const mine = await this.mine().catch(() => []);
    await Promise.all(mine.map((box) => this.stopProcess(box)));
  }

  /** Starts one more box, if the pool's maximum lets it. */
  async startOne(pool: Pool): Promise<Box | null> {
    return this.start(pool, { living: pool.maxBoxes });
  }

  /** Ends a box that runs on this machine: it hands back its tasks and exits. */
  async stop(box: Box): Promise<void> {
    if (this.isHere(box)) await this.stopProcess(box);
  }

  private async tick(): Promise<void> {
    if (this.url() === null || this.stopping || !this.settled) return;
    for (const pool of this.pools.known().filter(({ provider }) => provider === 'local')) await this.keep(pool);
    this.firstTick = false;
  }

  private async keep(pool: Pool): Promise<void> {
    for (const box of await this.boxes.living(pool.id)) if (this.isHere(box)) await this.look(box);
    if (pool.paused || (this.crashes.get(pool.id)?.notBefore ?? 0) > performance.now()) return;
    while (!this.stopping && (await this.start(pool, { serving: pool.minBoxes })));
  }

  /** Is the process behind a row still there, and does it do its work? */
  private async look(box: Box): Promise<void> {
    if (box.pid === null) {
      if (!this.children.has(box.id) && Date.now() - box.launchedAt.getTime() > PID_PATIENCE_MS) await this.boxes.ended(box.id, 'never started');
      return;
    }
    if (!isBoxProcess(box.pid, box.instanceId)) return this.boxes.ended(box.id, 'process gone', { ourOutage: this.firstTick });
    if (box.state !== 'lost') {
      this.lostSince.delete(box.id);
      return;
    }
    // It may only have been slow, and would be taken back; after one more lease it hangs.
    const since = this.lostSince.get(box.id) ?? performance.now();
    this.lostSince.set(box.id, since);
    if (performance.now() - since > this.machine.leaseTtlMs) signal(box.pid, 'SIGKILL');
  }

  private async start(pool: Pool, most: { serving: number } | { living: number }): Promise<Box | null> {
    const url = this.url();
    if (url === null) return null;
    const launched = await this.boxes.launch(pool, `${this.machine.name}-${randomUUID()}`, most);
    if (!launched) return null;
    const { box, nonce, bootstrapSecret } = launched;
    try {
      const child = startBoxProcess({
        url,
        pool: pool.name,
        capacity: pool.capacity,
        instanceId: box.instanceId,
        launchedAt: box.launchedAt,
        credentials: { nonce, bootstrapSecret },
        environment: this.machine.environmentOf(pool),
        logFolder: join(this.core.home, 'logs'),
      });
      this.watch(pool.id, box, child);
      if (child.pid !== undefined) await this.boxes.setPid(box.id, child.pid);
    } catch (error) {
      this.crashed(pool.id, 0);
      await this.boxes.ended(box.id, 'not started');
      throw error;
    }
    return box;
  }

  private watch(poolId: string, box: Box, child: ChildProcess): void {
    const startedAt = performance.now();
    this.children.set(box.id, child);
    const ended = (reason: string): void => {
      if (!this.children.delete(box.id)) return;
      if (!this.stopping) this.crashed(poolId, performance.now() - startedAt);
      // When the database does not answer now, the next look finds the process gone.
      outsideTransaction(() => this.boxes.ended(box.id, reason)).catch(() => undefined);
    };
    child.once('error', (error) => ended(error.message));
    child.once('exit', (code, name) => ended(name ? `killed by ${name}` : `exit ${code}`));
  }

  private crashed(poolId: string, livedMs: number): void {
    const count = crashesAfter(this.crashes.get(poolId)?.count ?? 0, livedMs);
    const delayMs = respawnDelayMs(count);
    if (count > 1)
      this.log.warn({ poolId, count, delayMs, log: join(this.core.home, 'logs/boxes.log') }, 'local boxes end right after their start; their log says why');
    this.crashes.set(poolId, { count, notBefore: performance.now() + delayMs });
  }

  private async stopProcess(box: Box): Promise<void> {
    const { pid } = box;
    if (pid === null || !isBoxProcess(pid, box.instanceId)) return;
    signal(pid, 'SIGTERM');
    for (const until = performance.now() + STOP_PATIENCE_MS; performance.now() < until; await sleep(50)) if (!isBoxProcess(pid, box.instanceId)) return;
    signal(pid, 'SIGKILL');
  }

  private async mine(): Promise<Box[]> {
    const living = await Promise.all(
      this.pools
        .known()
        .filter(({ provider }) => provider === 'local')
        .map((pool) => this.boxes.living(pool.id)),
    );
    return living.flat().filter((box) => this.isHere(box));
  }

  private isHere(box: Box): boolean {
    return box.instanceId.startsWith(`${this.machine.name}-`);
  }

  /** Our address as processes of this machine reach it; null until we listen. */
  private url(): string | null {
    const address = (this.host.httpAdapter.getHttpServer() as Server).address();
    if (address === null || typeof address === 'string') return null;
    const host = ['0.0.0.0', '::', '127.0.0.1', '::1', 'localhost'].includes(this.core.host) ? '127.0.0.1' : this.core.host;
    return `http://${host}:${address.port}`;
  }
}
