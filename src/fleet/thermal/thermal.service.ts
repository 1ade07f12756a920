import type { ThermalMode } from '@atelier/contracts';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Fresh } from '../../billing/plans/index.js';
import { RateCards } from '../../billing/usage/index.js';
import { onCommit, SystemTx } from '../../platform/database/index.js';
import { Sweeper, Wakeups } from '../../platform/outbox/index.js';
import { LIST_RATE, Pools } from '../pools/index.js';
import type { WeightsUse } from '../tasks/index.js';
import { decide, serviceOf, stateOf, targetOf, WARM_MINUTES, type CostPreview, type ThermalView } from './thermal-state.js';
import { noWeights } from './thermal.errors.js';
import * as repository from './thermal.system.repository.js';

const SWEEP_MS = 10_000;
/** Requests are counted over so many minutes, so that one burst does not decide. */
const WINDOW_MINUTES = 5;
const FETCH_PATIENCE_MS = 15 * 60_000;
const ALL = 'thermal states';

/** The files of a model, as its tasks will name them. */
export interface DeclaredWeights {
  modelId: string;
  weights: readonly WeightsUse[];
  loadMs: number;
}

@Injectable()
export class Thermal implements OnModuleInit {
  constructor(
    private readonly system: SystemTx,
    private readonly pools: Pools,
    private readonly rateCards: RateCards,
    private readonly wakeups: Wakeups,
    private readonly sweeper: Sweeper,
    private readonly fresh: Fresh,
  ) {}

  onModuleInit(): void {
    this.sweeper.every('thermal states', SWEEP_MS, () => this.sweep());
  }

  /** In the caller's transaction, of a tenant or of the system. Said again, the files are exchanged and the mode stays. */
  async declare(em: EntityManager, { modelId, weights, loadMs }: DeclaredWeights): Promise<void> {
    await repository.declare(em, modelId, weights, loadMs);
    this.fresh.changed(ALL);
  }

  /** In the caller's transaction, which takes the model away: nothing of it is fetched or held any more. */
  async forget(em: EntityManager, modelId: string): Promise<void> {
    await repository.forget(em, modelId);
    this.fresh.changed(ALL);
  }

  /** Of every model whose files are here. */
  async modes(): Promise<ReadonlyMap<string, ThermalMode>> {
    return (await this.known()).modes;
  }

  /** Who may is the caller's to ask. @throws DomainError `no_weights` (404) */
  async set(modelId: string, wish: { mode: ThermalMode; warmDurationMinutes?: number }): Promise<void> {
    await this.system.run('set thermal mode', async (em) => {
      if (!(await repository.find(em, modelId))) throw noWeights();
      await repository.setMode(em, modelId, wish.mode, wish.warmDurationMinutes ?? WARM_MINUTES);
      this.fresh.changed(ALL);
      await this.applyOff(em);
    });
  }

  /** @throws DomainError `no_weights` (404) */
  async stateOf(modelId: string, o: { hasFallback?: boolean } = {}): Promise<ThermalView> {
    const [found, boxes] = await this.system.run(
      'thermal state',
      async (em) => [await repository.find(em, modelId), await repository.livingBoxes(em)] as const,
    );
    if (!found) throw noWeights();
    const { mode, warmUntil, weights } = found;
    const able = boxes.filter((box) => box.abilities.some((ability) => ability.startsWith(`${engineOf(weights)}:`)));
    const digests = weights.map((file) => file.digest);
    return {
      mode,
      warmUntil,
      state: stateOf(mode, digests, boxes),
      service: serviceOf(mode, able.length > 0, o.hasFallback ?? false),
      costPreview: await this.costOf(found),
    };
  }

  /** What the box should fetch when it does nothing else: weights that are to be near and that no living box has. Every idle box asks at every beat. */
  async hintsFor(box: { id: string; abilities: readonly string[] }): Promise<WeightsUse[]> {
    const now = new Date();
    const { states } = await this.known();
    const wanted = states.filter((model) => ['WARM', 'HOT'].includes(targetOf(model, now)));
    if (wanted.length === 0) return [];
    return this.system.run('preload hints', async (em) => {
      const boxes = await repository.livingBoxes(em);
      const hints: WeightsUse[] = [];
      for (const { modelId, mode, weights } of wanted) {
        const isCold =
          stateOf(
            mode,
            weights.map((file) => file.digest),
            boxes,
          ) === 'COLD';
        const isAble = box.abilities.some((ability) => ability.startsWith(`${engineOf(weights)}:`));
        if (isCold && isAble && (await repository.claim(em, modelId, box.id, FETCH_PATIENCE_MS))) hints.push(...weights);
      }
      return hints;
    });
  }

  private known() {
    return this.fresh.get(ALL, async () => {
      const states = await this.system.run('thermal states', repository.list);
      return { states, modes: new Map(states.map(({ modelId, mode }) => [modelId, mode])) as ReadonlyMap<string, ThermalMode> };
    });
  }

  /** What no switch said: tasks that became ready while a model was switched, and what AUTOMATIC decides. */
  async sweep(): Promise<void> {
    await this.system.run('thermal sweep', async (em) => {
      await this.applyOff(em);
      const models = (await repository.list(em)).filter((model) => model.mode === 'AUTOMATIC');
      if (models.length === 0) return;
      this.fresh.changed(ALL);
      const now = Date.now();
      const uses = await repository.countUses(em, firstIdAt(now - WINDOW_MINUTES * 60_000));
      for (const { modelId, weights, usedAt } of models) {
        const requests = Math.max(0, ...weights.map((file) => uses.get(file.digest) ?? 0));
        const idleMinutes = requests > 0 ? 0 : (now - (usedAt?.getTime() ?? 0)) / 60_000;
        await repository.noteUse(em, modelId, requests > 0, decide(requests / WINDOW_MINUTES, idleMinutes));
      }
    });
  }

  private async applyOff(em: EntityManager): Promise<void> {
    await repository.holdOff(em);
    const lanes = await repository.letGo(em);
    onCommit(() => lanes.forEach((laneId) => this.wakeups.wake('lane', laneId)));
  }

  private async costOf({ weights, loadMs }: repository.WeightsState): Promise<CostPreview> {
    const bytes = weights.reduce((sum, file) => sum + file.bytes, 0);
    const engine = engineOf(weights);
    const pools = this.pools.known().filter((pool) => !pool.paused && (pool.abilities?.some((a) => a.startsWith(`${engine}:`)) ?? pool.gpuClass !== 'CPU'));
    const pool = pools.toSorted((a, b) => LIST_RATE[a.gpuClass] - LIST_RATE[b.gpuClass])[0];
    const rate = pool
      ? ((await this.system.run('rate of a warm-up', (em) => this.rateCards.at(em, pool.gpuClass, pool.capacity, new Date())))?.usdMicrosPerHour ?? 0n)
      : 0n;
    return { bytes, loadMs, gpuClass: pool?.gpuClass ?? null, loadMicros: (rate * BigInt(loadMs)) / 3_600_000n, minuteMicros: rate / 60n };
  }
}

const engineOf = (weights: readonly WeightsUse[]): 'onnx' | 'comfyui' => (weights.every((file) => file.format === 'onnx') ? 'onnx' : 'comfyui');

/** The smallest uuid v7 of a moment. */
const firstIdAt = (ms: number): string => {
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
};
