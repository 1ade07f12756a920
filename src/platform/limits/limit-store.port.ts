import { gcra } from './gcra.js';
import type { Meter, Rate } from './meter.js';
import { slidingWindow } from './sliding-window.js';

export const ALGORITHMS = { gcra, window: slidingWindow } as const;
export type AlgorithmName = keyof typeof ALGORITHMS;

/** Whose calls are counted, and how. */
export interface Line extends Rate {
  /** `<policy>:<id of key, session or tenant>`. */
  key: string;
  algorithm: AlgorithmName;
}
export interface Ask extends Line {
  asked: number;
  returned: number;
}
export interface Answer {
  granted: number;
  meter: Meter;
  /** Milliseconds of the store's clock at the decision. */
  nowMs: number;
}

/** Port: where the meters are that all processes share. Each key of `asks` occurs once; answers come in the same order. */
export abstract class LimitStore {
  /** One round trip, whatever the number of questions. `nowMs` replaces the store's own clock. Rejects when the store cannot be reached. */
  abstract decide(asks: readonly Ask[], nowMs?: number): Promise<Answer[]>;
}
