import type { GpuClass, ModelEngine, TaskKind } from '@atelier/contracts';
import { isAble, LIST_RATE, type Pool } from '../pools/index.js';

/** The lane name of light work, and of all that `builtin` does on a CPU pool: there are no weights to keep apart. */
export const CPU_BASE = 'cpu';

export interface LaneNeed {
  /** Base model, or `cpu` for work that needs no weights. */
  base: string;
  /** GPU classes that both plan and model allow; CPU needs no leave. */
  gpuClasses: readonly GpuClass[];
  estimateMs: number;
  engine: ModelEngine;
  kind: TaskKind;
}

/**
 * The pool in which a task finishes first, among those whose boxes can do it (or all, when none can: it waits for one that may come); between equals the cheaper one. Without any GPU pool in the installation everything goes to the CPU (domain §7).
 * @param waitMs predicted wait in a pool; Infinity while it has no box
 * @returns undefined when no pool may run it
 */
export function choosePool(need: LaneNeed, pools: readonly Pool[], waitMs: (pool: Pool) => number): { pool: Pool; base: string } | undefined {
  const { engine } = need;
  if (engine === 'external') return chooseExternal(pools);
  const boxed = pools.filter(({ provider }) => provider !== 'external');
  const hasGpu = boxed.some((pool) => pool.gpuClass !== 'CPU');
  const onCpu = need.base === CPU_BASE || !hasGpu;
  const open = boxed.filter((pool) => !pool.paused && (onCpu ? pool.gpuClass === 'CPU' : need.gpuClasses.includes(pool.gpuClass)));
  if (open.length === 0) return undefined;
  const able = open.filter((pool) => isAble(pool, engine, need.kind));
  const fit = able.length > 0 ? able : open;
  const finish = new Map(fit.map((pool) => [pool, fit.length === 1 ? 0 : waitMs(pool) + need.estimateMs]));
  const best = fit.reduce((a, b) => {
    const [fa, fb] = [finish.get(a)!, finish.get(b)!];
    if (fa !== fb) return fb < fa ? b : a;
    return LIST_RATE[b.gpuClass] < LIST_RATE[a.gpuClass] ? b : a;
  });
  return { pool: best, base: best.gpuClass === 'CPU' ? cpuLane(need) : need.base };
}

/** Somebody else's service has one pool without boxes and one lane. */
function chooseExternal(pools: readonly Pool[]): { pool: Pool; base: string } | undefined {
  const pool = pools.find(({ provider, paused }) => provider === 'external' && !paused);
  return pool && { pool, base: 'external' };
}

/** Boxes of a CPU pool may lack an engine: its work gets lanes of its own, so that no box stands before a ticket it cannot take. */
function cpuLane({ engine, base }: LaneNeed): string {
  if (engine === 'builtin') return CPU_BASE;
  return base === CPU_BASE ? engine : base;
}
