import { ConfigFault, defineConfig, type ConfigOf } from '../../platform/config/index.js';

/** The payment service; `key` null: billing is off, and operators grant credits. */
export const stripeConfig = defineConfig('stripe', (env) => {
  const key = env.optionalString('STRIPE_SECRET_KEY');
  if (key !== undefined && !/^[sr]k_(test|live)_\w+$/.test(key))
    throw new ConfigFault(
      'STRIPE_SECRET_KEY cannot be used: set it to a secret or restricted key of Stripe (sk_… or rk_…), or leave it out: billing is off then.',
    );
  const secrets = (env.optionalString('STRIPE_WEBHOOK_SECRET') ?? '').split(/[\s,]+/).filter(Boolean);
  if (secrets.some((secret) => !/^whsec_\w+$/.test(secret)))
    throw new ConfigFault(
      'STRIPE_WEBHOOK_SECRET cannot be used: set it to the signing secret of the webhook endpoint, which starts with whsec_ (two, separated by a comma, while it is rotated).',
    );
  if (!key && secrets.length > 0) throw new ConfigFault('STRIPE_SECRET_KEY is missing: set it beside STRIPE_WEBHOOK_SECRET, or leave both out.');
  const url = env.url('STRIPE_API_URL', ['https', 'http']);
  return {
    key: key ?? null,
    /** Only for a stand-in; default: Stripe's own. */
    api: url ? new URL(url) : null,
    /** Without one no webhook is taken, and the sweeps find what happened. */
    webhookSecrets: secrets,
    /** Lets Stripe Tax compute taxes; it has to be set up there first. */
    tax: env.bool('STRIPE_TAX', false),
  };
});
export type StripeConfig = ConfigOf<typeof stripeConfig>;
