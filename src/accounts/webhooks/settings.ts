import { defineConfig, type ConfigOf } from '../../platform/config/index.js';

export const webhooksConfig = defineConfig('webhooks', (env) => ({
  /** How long a receiver may take for everything: name, connection, answer. The specification asks for 15 to 30 s. */
  timeoutMs: env.int('ATELIER_WEBHOOK_TIMEOUT_MS', 15_000, { min: 100, max: 30_000 }),
}));
export type WebhooksConfig = ConfigOf<typeof webhooksConfig>;
