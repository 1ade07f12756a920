import type { TaskErrorClass } from '@atelier/contracts';

/**
 * Weights that a task needs are not there. `weights_refused`: no valid passport; `weights_corrupt`: not the bytes the lease names; `weights_unavailable`: out of
 * reach; `disk_full`: this machine has no room for them, another may.
 */
export type WeightsFaultCode = 'weights_refused' | 'weights_corrupt' | 'weights_unavailable' | 'disk_full';

export class WeightsFault extends Error {
  constructor(
    readonly code: WeightsFaultCode,
    message: string,
  ) {
    super(message);
  }

  get class(): TaskErrorClass {
    return this.code === 'disk_full' ? 'box' : 'task';
  }
}
