import { defineConfig } from '../../platform/config/index.js';

export const modelsConfig = defineConfig('models', (env) => ({
  /** Largest file of weights that is taken. */
  maxBytes: env.int('ATELIER_MODEL_MAX_GB', 40, { min: 1, max: 1000 }) * 1e9,
  /** Pieces in which an upload arrives. */
  partBytes: env.int('ATELIER_MODEL_PART_MB', 64, { min: 1, max: 512 }) * 1024 * 1024,
  /** `tcp://host:3310` of a ClamAV daemon; without it no antivirus is asked, and passports do not say that one was. */
  clamavUrl: env.optionalString('CLAMAV_URL'),
}));
