import type { EngineName, GpuClass, TaskKind } from '@atelier/contracts';
import type { Pool } from './pool.js';

export interface Work {
  engine: EngineName;
  kind: TaskKind;
  /** Classes that plan and model allow. */
  gpuClasses: readonly GpuClass[];
}

/** Whether a pool's boxes can do it. One that never had a box is taken at its word: a GPU is there for ComfyUI and ONNX, a CPU for `builtin`. */
export function isAble({ abilities, gpuClass }: Pick<Pool, 'abilities' | 'gpuClass'>, engine: EngineName, kind: TaskKind): boolean {
  if (abilities) return abilities.includes(`${engine}:${kind}`);
  return gpuClass === 'CPU' ? engine === 'builtin' : engine !== 'builtin';
}

/** CPU needs no leave for `builtin`, nor where an installation has nothing else (domain §7). */
export function offers(pools: readonly Pool[], { engine, kind, gpuClasses }: Work): boolean {
  const hasGpu = pools.some((pool) => pool.gpuClass !== 'CPU');
  const isOpen = ({ paused, gpuClass }: Pool): boolean =>
    !paused && (gpuClasses.includes(gpuClass) || (gpuClass === 'CPU' && (engine === 'builtin' || !hasGpu)));
  return pools.some((pool) => isOpen(pool) && isAble(pool, engine, kind));
}
