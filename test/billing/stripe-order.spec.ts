import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LEDGER_INVARIANTS } from '../../src/billing/ledger/index.js';
import { Purchases } from '../../src/billing/stripe/purchases.service.js';
import { StripeInbox } from '../../src/billing/stripe/stripe-inbox.service.js';
import { Subscriptions } from '../../src/billing/stripe/subscriptions.service.js';
import { systemCtx, type Ctx } from '../../src/platform/context/index.js';
import { newId, typeId } from '../../src/platform/ids/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { Post, randomOf, retell, type Retold } from '../support/stripe-story.js';
import { StripeStandIn } from '../support/stripe-stand-in.js';

const PERMUTATIONS = Number(process.env.ATELIER_TEST_PERMUTATIONS ?? 150);
const AT_ONCE = 75;
const DAY = 86_400;
const FAULTS = [409, 429, 500, 'vanish'] as const;

describe('the order of webhooks', () => {
  let app: TestApp;
  let stripe: StripeStandIn;
  let played = 0;
  let delivered = 0;
  beforeAll(async () => {
    stripe = await StripeStandIn.start();
    app = await startApp({ ...stripe.settings, ATELIER_IP_PER_MINUTE: '0', LOG_LEVEL: 'silent' });
  });
  afterAll(async () => {
    for (const [name, sql] of Object.entries(LEDGER_INVARIANTS)) expect(await app.db.as('system', null, sql), name).toEqual([]);
    expect(stripe.faults).toEqual([]);
    await app.close();
    stripe.stop();
    for (const name of [...Object.keys(stripe.settings), 'LOG_LEVEL']) delete process.env[name];
  });
  const inbox = (): StripeInbox => app.nest.get(StripeInbox);
  const purchases = (): Purchases => app.nest.get(Purchases);
  const subscriptions = (): Subscriptions => app.nest.get(Subscriptions);
  const sessionAt = (url: string): string => new URL(url).pathname.split('/')[2]!;
  const checkout = async (ctx: Ctx): Promise<string> => sessionAt((await purchases().start(ctx, '500')).url);
  const buy = async (ctx: Ctx): Promise<string> => stripe.account.pay(await checkout(ctx)).id;
  /** @returns the id of the subscription */
  const subscribe = async (ctx: Ctx, plan: string, seats: number | null = null): Promise<string> =>
    stripe.account.pay(sessionAt((await subscriptions().subscribe(ctx, plan, seats)).url!)).subscription;
  const daysAgo = (days: number): void => void (stripe.account.now = Math.floor(Date.now() / 1000) - days * DAY);

  /** What a customer does; what is in the end: plan, seats beside it, thousandths of credits to spend, millionths of dollars charged. */
  type End = [plan: string, seats: number, available: string, charged: string];
  const STORIES: Record<string, { tell: (ctx: Ctx) => Promise<void>; end: End }> = {
    'buys two packs': { tell: async (ctx) => void [await buy(ctx), await buy(ctx)], end: ['free', 0, '1100000', '20000000'] },
    'pays by a transfer that arrives': {
      tell: async (ctx) => {
        const id = await checkout(ctx);
        stripe.account.pay(id, 'later');
        stripe.account.arrives(id, true);
      },
      end: ['free', 0, '600000', '10000000'],
    },
    'pays by a transfer that never arrives, and lets another checkout expire': {
      tell: async (ctx) => {
        const id = await checkout(ctx);
        stripe.account.pay(id, 'later');
        stripe.account.arrives(id, false);
        stripe.account.expire(await checkout(ctx));
      },
      end: ['free', 0, '100000', '0'],
    },
    'is refunded a part, then the rest': {
      tell: async (ctx) => {
        const id = await buy(ctx);
        stripe.account.refund(id, 250);
        stripe.account.refund(id, 750);
      },
      end: ['free', 0, '100000', '0'],
    },
    'disputes and wins back the money': {
      tell: async (ctx) => stripe.account.decide(stripe.account.dispute(await buy(ctx)).id, 'lost'),
      end: ['free', 0, '100000', '0'],
    },
    'disputes and does not get it': {
      tell: async (ctx) => stripe.account.decide(stripe.account.dispute(await buy(ctx)).id, 'won'),
      end: ['free', 0, '600000', '10000000'],
    },
    'tries Pro with further seats': {
      tell: async (ctx) => void (await subscribe(ctx, 'pro', 7)),
      end: ['pro', 2, '5100000', '0'],
    },
    'has Standard, wants Pro, and stops': {
      tell: async (ctx) => {
        const id = await subscribe(ctx, 'standard');
        await subscriptions().subscribe(ctx, 'pro', null);
        stripe.account.end(id);
      },
      end: ['free', 0, '100000', '49000000'],
    },
    'rests for a month and goes on': {
      tell: async (ctx) => {
        daysAgo(40);
        const id = await subscribe(ctx, 'standard');
        await subscriptions().pause(ctx);
        stripe.account.renew(id);
        await subscriptions().resume(ctx);
      },
      end: ['standard', 0, '1100000', '38000000'],
    },
    'has a card that fails, and pays after all': {
      tell: async (ctx) => {
        daysAgo(32);
        const id = await subscribe(ctx, 'standard');
        stripe.account.renew(id, false);
        stripe.account.retry(id);
        await buy(ctx);
      },
      end: ['standard', 0, '1600000', '48000000'],
    },
  };

  const newTenant = async (id: string): Promise<void> => void (await app.db.sql(`INSERT INTO tenant (id, name) VALUES ($1, 'A buyer')`, [id]));

  /** Rows as they are before any news: who the customer is, what was begun. Of some the session was not noted, as after a crash. */
  const settle = async (from: string, story: Retold, random: () => number): Promise<void> => {
    await newTenant(story.tenantId);
    const [account] = await app.db.sql<{ customer_id: string }>('SELECT customer_id FROM billing_account WHERE tenant_id = $1', [from]);
    await app.db.sql('INSERT INTO billing_account (tenant_id, customer_id) VALUES ($1, $2)', [story.tenantId, story.idOf(account!.customer_id)]);
    for (const [was, is] of story.purchases) {
      const [bought] = await app.db.sql<{ session_id: string }>('SELECT session_id FROM credit_purchase WHERE id = $1', [was]);
      await app.db.sql(
        `INSERT INTO credit_purchase (tenant_id, id, source, pack, credits_milli, price_micros, made_by, session_id)
         SELECT $1, $2, source, pack, credits_milli, price_micros, made_by, $4 FROM credit_purchase WHERE id = $3`,
        [story.tenantId, is, was, random() < 0.7 ? story.idOf(bought!.session_id) : null],
      );
    }
  };
  const deliver = async (event: object): Promise<void> => {
    const { body, signature } = stripe.signed(event);
    await inbox().take(Buffer.from(body), signature);
    delivered++;
  };
  /** One customer: the service moves on stage by stage while news comes, and now and then it does not answer well. */
  const play = async (story: Retold, random: () => number): Promise<void> => {
    const post = new Post(random);
    for (const { event, things } of story.stages) {
      for (const thing of things) stripe.account.things.set(thing.id, thing);
      if (event) stripe.account.events.push(event);
      if (random() < 0.01) stripe.next.push(FAULTS[Math.floor(random() * FAULTS.length)]!);
      await Promise.all(post.take(event).map(deliver));
      if (random() < 0.2) await inbox().work();
    }
    await Promise.all(post.rest().map(deliver));
    played++;
  };
  /** As if the time had come to try again. */
  const untilQuiet = async (): Promise<void> => {
    for (let round = 0; round < 20; round++) {
      await inbox().sweep();
      const failed = await app.db.sql(`UPDATE stripe_event SET due_at = now() WHERE state IN ('failed', 'received') RETURNING id`);
      if (failed.length === 0) return;
    }
    throw new Error('events fail for ever');
  };
  const endsOf = (tenants: string[]): Promise<({ id: string } & Record<'plan' | 'available' | 'charged', string> & { seats: number })[]> =>
    app.db.sql(
      `SELECT t.id, coalesce(p.plan, 'free') AS plan, coalesce(p.seats_extra, 0) AS seats, w.available_milli AS available,
         (SELECT coalesce(sum(amount_micros), 0) FROM charge c WHERE c.tenant_id = t.id)::text AS charged
       FROM tenant t LEFT JOIN tenant_plan p ON p.tenant_id = t.id LEFT JOIN wallet w ON w.tenant_id = t.id WHERE t.id = ANY ($1)`,
      [tenants],
    );

  it.each(Object.entries(STORIES))(
    'whoever %s ends the same, in whatever order, how often and whether at all the webhooks come',
    async (name, { tell, end }) => {
      const proto = newId();
      await newTenant(proto);
      daysAgo(0);
      const recorded = JSON.stringify(await stripe.account.record(() => tell(systemCtx(proto, 'test'))));
      const bought = await app.db.sql<{ id: string }>('SELECT id FROM credit_purchase WHERE tenant_id = $1', [proto]);
      stripe.account.events.length = 0;
      for (let first = 1; first <= PERMUTATIONS; first += AT_ONCE) {
        const seeds = Array.from({ length: Math.min(AT_ONCE, PERMUTATIONS - first + 1) }, (_, index) => first + index);
        const tenants = new Map<string, number>();
        const told = new Set<string>();
        await Promise.all(
          seeds.map(async (seed) => {
            const random = randomOf(seed * 7919 + name.length);
            const story = retell(
              recorded,
              `p${seed}`,
              proto,
              bought.map(({ id }) => id),
            );
            tenants.set(story.tenantId, seed);
            await settle(proto, story, random);
            await play(story, random);
            for (const { things } of story.stages) for (const { id } of things) told.add(id);
          }),
        );
        stripe.next.length = 0;
        await untilQuiet();
        stripe.account.events.length = 0;
        for (const id of told) stripe.account.things.delete(id);
        await app.db.sql(`SELECT ledger_ensure_account(id) FROM unnest($1::uuid[]) AS id`, [[...tenants.keys()]]);
        for (const { id, plan, seats, available, charged } of await endsOf([...tenants.keys()]))
          expect([plan, seats, available, charged], `seed ${tenants.get(id)}, ${typeId('tnt', id)}`).toEqual(end);
      }
    },
    120_000,
  );

  it('was asked of fifteen hundred permutations', () => {
    console.log(`${played} permutations of ${Object.keys(STORIES).length} stories, ${delivered} deliveries: one final state each`);
    expect(played).toBe(PERMUTATIONS * Object.keys(STORIES).length);
  });
});
