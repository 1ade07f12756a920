import type { Prices } from '../pricing/index.js';
import type { Replay } from './replay.js';

export type SimulationState = 'running' | 'done';

export interface Simulation {
  id: string;
  state: SimulationState;
  from: Date;
  to: Date;
  note: string;
  draft: Prices;
  totalJobs: number;
  replay: Replay;
  scheduledVersion: number | null;
  createdAt: Date;
  finishedAt: Date | null;
}
