import { defineConfig } from '../../platform/config/index.js';

export const sessionsConfig = defineConfig('sessions', (env) => ({
  /** Shared secret of an installation that runs on several machines; one machine makes its own and keeps it in ATELIER_HOME. */
  secretKey: env.optionalString('ATELIER_SECRET_KEY'),
}));
