import type { CapacityType, GpuClass } from '@atelier/contracts';

export const PROVIDERS = ['local', 'aws', 'kubernetes'] as const;
/** `external` has no boxes: its slots are calls to somebody else's service that may run at once. */
export type ProviderName = (typeof PROVIDERS)[number] | 'external';

/** Boxes of one class that one provider makes, and how many of them. */
export interface Pool {
  id: string;
  name: string;
  provider: ProviderName;
  gpuClass: GpuClass;
  capacity: CapacityType;
  minBoxes: number;
  maxBoxes: number;
  slotsPerBox: number;
  /** A paused pool takes no new tasks and starts no boxes. */
  paused: boolean;
  /** Slots of the boxes that may take work now; kept by fleet/boxes. */
  liveSlots: number;
  /** `engine:kind` of what its living boxes can do, or its last ones could; null: it never had a box. Kept by fleet/boxes. */
  abilities: readonly string[] | null;
  createdAt: Date;
}

/** GPU class × base model: tasks in one lane can follow each other on a box without loading other weights. */
export interface Lane {
  id: string;
  poolId: string;
  base: string;
}
