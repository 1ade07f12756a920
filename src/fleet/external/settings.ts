import { ConfigFault, defineConfig, type ConfigOf } from '../../platform/config/index.js';
import { parseModels } from './external-model.js';

/** The outside service and what of it may be used; `service` null: there is none. */
export const externalConfig = defineConfig('external', (env) => {
  const url = env.url('EXTERNAL_URL', ['https', 'http'])?.replace(/\/+$/, '');
  const token = env.optionalString('EXTERNAL_TOKEN');
  const secret = env.optionalString('EXTERNAL_WEBHOOK_SECRET');
  if (secret !== undefined && !/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(secret))
    throw new ConfigFault('EXTERNAL_WEBHOOK_SECRET cannot be used: set it to the signing secret of the service, which starts with whsec_.');
  if (url && !token) throw new ConfigFault('EXTERNAL_TOKEN is missing: set it to a token of the service at EXTERNAL_URL, or leave EXTERNAL_URL out.');
  return {
    service: url && token ? { url, token, name: new URL(url).hostname } : null,
    /** Signs webhooks; without it none is taken, and the sweep finds what is done. */
    webhookSecret: secret ?? null,
    /** Milliseconds after which a call is given up. */
    timeoutMs: env.int('EXTERNAL_TIMEOUT_SECONDS', 600, { min: 1, max: 7200 }) * 1000,
    /** Calls that may run at once in this installation. */
    slots: env.int('EXTERNAL_SLOTS', 8, { min: 1, max: 64 }),
    /** How often a call is asked after. */
    pollMs: env.int('EXTERNAL_POLL_MS', 5000, { min: 100, max: 20_000 }),
    models: parseModels(env.optionalString('EXTERNAL_MODELS') ?? '{}'),
  };
});
export type ExternalConfig = ConfigOf<typeof externalConfig>;
