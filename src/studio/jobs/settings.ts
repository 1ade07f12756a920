import { defineConfig } from '../../platform/config/index.js';

export const jobsConfig = defineConfig('jobs', (env) => ({
  /** How often unfinished rows are looked for, should news of them be lost. */
  sweepMs: env.int('ATELIER_SWEEP_MS', 5000, { min: 100, max: 60_000 }),
}));
