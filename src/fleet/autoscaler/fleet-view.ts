/** What a scaling policy sees of one pool, and what it may ask for. All times are milliseconds; loads are boxes kept busy. */

export type BoxState = 'booting' | 'idle' | 'busy' | 'draining';

export interface BoxView {
  readonly id: number | string;
  readonly state: BoxState;
  /** When it came into this state. */
  readonly sinceMs: number;
}

export interface FleetView {
  readonly nowMs: number;
  readonly boxes: readonly BoxView[];
  /** What waits for a box: tasks, their estimated milliseconds of work, loads of weights counted in. */
  readonly waiting: { readonly tasks: number; readonly workMs: number };
  readonly demand: DemandView;
  readonly pool: PoolLimits;
}

/** Offered load: how many boxes what arrives would keep busy. */
export interface DemandView {
  /** By the last minutes. */
  readonly fast: number;
  /** By the last quarter of an hour or so. */
  readonly slow: number;
  /** Expected when a box that is launched now will have booted and loaded; null: no such hour was ever seen. */
  readonly ahead: number | null;
}

export interface PoolLimits {
  readonly minBoxes: number;
  readonly maxBoxes: number;
  /** Expected times from launch to registration, and of a load of weights. */
  readonly bootMs: number;
  readonly loadMs: number;
}

export type Action =
  | { readonly do: 'launch'; readonly count: number; readonly why: string }
  /** Only ever an idle box, and always by name. */
  | { readonly do: 'stop'; readonly box: BoxView; readonly why: string };

/** Pure: the same view gives the same actions. */
export interface ScalingPolicy {
  readonly name: string;
  readonly says: string;
  decide(view: FleetView): Action[];
}
