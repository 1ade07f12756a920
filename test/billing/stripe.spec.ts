import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Ledger, LEDGER_INVARIANTS, Sales } from '../../src/billing/ledger/index.js';
import { Purchases } from '../../src/billing/stripe/purchases.service.js';
import { StripeInbox } from '../../src/billing/stripe/stripe-inbox.service.js';
import { Subscriptions } from '../../src/billing/stripe/subscriptions.service.js';
import { systemCtx, type Ctx } from '../../src/platform/context/index.js';
import { newId, parseId, typeId } from '../../src/platform/ids/index.js';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { StripeStandIn } from '../support/stripe-stand-in.js';

/** Repeatable: a failure names its seed. */
function randomOf(seed: number): () => number {
  let state = seed + 0x9e3779b9;
  return () => {
    state = Math.imul(state ^ (state >>> 15), state | 1);
    state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
    return ((state ^ (state >>> 14)) >>> 0) / 4294967296;
  };
}

describe('payments', () => {
  let app: TestApp;
  let stripe: StripeStandIn;
  let ada: Person;
  beforeAll(async () => {
    stripe = await StripeStandIn.start();
    app = await startApp({ ...stripe.settings, ATELIER_IP_PER_MINUTE: '0' });
    ada = await app.register();
  });
  afterAll(async () => {
    for (const [name, sql] of Object.entries(LEDGER_INVARIANTS)) expect(await app.db.as('system', null, sql), name).toEqual([]);
    expect(stripe.faults).toEqual([]);
    await app.close();
    stripe.stop();
    for (const name of Object.keys(stripe.settings)) delete process.env[name];
  });
  const asAda = () => app.api(ada.token);
  const inbox = (): StripeInbox => app.nest.get(StripeInbox);
  const post = (body: string, signature: string) =>
    app.api().post('/webhooks/stripe').set('stripe-signature', signature).set('content-type', 'application/json').send(body);
  const sessionAt = (url: string): string => new URL(url).pathname.split('/')[2]!;
  const newTenant = async (): Promise<Ctx> => {
    const id = newId();
    await app.db.sql(`INSERT INTO tenant (id, name) VALUES ($1, 'A buyer')`, [id]);
    return systemCtx(id, 'test');
  };
  const available = async (ctx: { tenantId: string }): Promise<bigint> => (await app.nest.get(Ledger).balance(ctx)).availableMilli;

  it('grants a pack once when it is paid, however often and at once its webhooks come', async () => {
    const { body: bought } = await asAda().post('/billing/credits/purchase').send({ pack: '2000' }).expect(201);
    expect(bought).toMatchObject({ credits: '2000', priceMicros: '36000000', state: 'open', grantId: null });
    const from = stripe.account.events.length;
    stripe.account.pay(sessionAt(bought.url));
    const deliveries = stripe.account.events.slice(from).flatMap((event) => Array.from({ length: 25 }, () => stripe.signed(event)));
    const answers = await Promise.all(deliveries.map(({ body, signature }) => post(body, signature)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    await inbox().work();
    const { body: credits } = await asAda().get('/billing/credits').expect(200);
    const sold = credits.grants.filter(({ kind }: { kind: string }) => kind === 'purchase');
    expect(sold).toHaveLength(1);
    expect(sold[0]).toMatchObject({ amount: '2000', remaining: '2000' });
    expect(Date.parse(sold[0].expiresAt) - Date.now()).toBeGreaterThan(364 * 86_400_000);
    await asAda()
      .get(`/billing/credits/purchases/${bought.id}`)
      .expect(200)
      .expect(({ body }) => expect(body.state).toBe('paid'));
  });
  it('shows a buyer who comes back the credits although no webhook came', async () => {
    const { body: bought } = await asAda().post('/billing/credits/purchase').send({ pack: '500' }).expect(201);
    stripe.account.pay(sessionAt(bought.url));
    const { body } = await asAda().get(`/billing/credits/purchases/${bought.id}`).expect(200);
    expect(body).toMatchObject({ state: 'paid', returned: '0' });
  });
  it('refuses signatures that are missing, bad, old, of other bytes or of another endpoint, and stores nothing', async () => {
    const event = { id: 'evt_forged', object: 'event', type: 'invoice.paid', created: 1, data: { object: { id: 'in_1' } } };
    const good = stripe.signed(event);
    const old = stripe.signed(event, { at: Math.floor(Date.now() / 1000) - 301 });
    const foreign = stripe.signed(event, { secret: 'whsec_another' });
    for (const [body, signature] of [
      [good.body, 't=1,v1=00'],
      [old.body, old.signature],
      [foreign.body, foreign.signature],
      [`${good.body} `, good.signature],
      [good.body, ''],
    ] as const)
      await post(body, signature)
        .expect(400)
        .expect(({ body: problem }) => expect(problem.code).toBe('webhook_signature'));
    expect(await app.db.sql(`SELECT FROM stripe_event WHERE id = 'evt_forged'`)).toEqual([]);
  });
  it('takes back what is left of a refunded pack; what was spent stays owed, and comes in when a job gives it back', async () => {
    const ctx = await newTenant();
    const { purchase, url } = await app.nest.get(Purchases).start(ctx, '500');
    stripe.account.pay(sessionAt(url));
    await app.nest.get(Purchases).get(ctx, purchase.id);
    // As if a job held 400 of the 500.
    const jobId = newId();
    await app.db.sql(`SELECT ledger_hold($1, $2)`, [
      ctx.tenantId,
      JSON.stringify([
        { jobId, holdId: newId(), amountMilli: '500000', quote: {}, operation: 'upscale', model: null, teamId: null, userId: newId(), keyId: null },
      ]),
    ]);
    stripe.account.refund(sessionAt(url), 1000);
    await inbox().sweep();
    const [owed] = await app.db.sql<{ owed: string; receivable: string }>(
      'SELECT owed_milli AS owed, receivable_milli AS receivable FROM credit_purchase WHERE id = $1',
      [purchase.id],
    );
    // The month's 100 credits were held first.
    expect(owed).toEqual({ owed: '500000', receivable: '400000' });
    expect(await available(ctx)).toBe(0n);
    await app.db.sql(`SELECT * FROM ledger_void($1, $2, 'canceled', false)`, [ctx.tenantId, jobId]);
    await app.nest.get(Sales).collect();
    expect(await available(ctx)).toBe(100_000n);
  });
  it('goes on after the service failed in any way, with one session for one purchase', async () => {
    const ctx = await newTenant();
    stripe.next.push(500, 'vanish');
    const { purchase } = await app.nest.get(Purchases).start(ctx, '500');
    const customers = stripe.account.all('customer', ({ metadata }) => metadata.tenant === typeId('tnt', ctx.tenantId));
    expect(customers).toHaveLength(1);
    expect(stripe.account.all('checkout.session', ({ client_reference_id }) => client_reference_id === typeId('pur', purchase.id))).toHaveLength(1);
    expect(purchase.state).toBe('open');
  });

  /** What a customer does; what must be in the end whatever the webhooks do: plan, seats beside it, credits to spend in thousandths. */
  const STORIES: Record<string, { tell: (ctx: Ctx) => Promise<void>; end: [plan: string, seats: number, available: bigint] }> = {
    'buys two packs': { tell: async (ctx) => void [await buy(ctx), await buy(ctx)], end: ['free', 0, 1_100_000n] },
    'pays by transfer that arrives': {
      tell: async (ctx) => {
        const id = await checkout(ctx);
        stripe.account.pay(id, 'later');
        stripe.account.arrives(id, true);
      },
      end: ['free', 0, 600_000n],
    },
    'pays by transfer that never arrives': {
      tell: async (ctx) => {
        const id = await checkout(ctx);
        stripe.account.pay(id, 'later');
        stripe.account.arrives(id, false);
      },
      end: ['free', 0, 100_000n],
    },
    'lets a checkout expire': { tell: async (ctx) => void stripe.account.expire(await checkout(ctx)), end: ['free', 0, 100_000n] },
    'is refunded a part, then the rest': {
      tell: async (ctx) => {
        const id = await buy(ctx);
        stripe.account.refund(id, 250);
        stripe.account.refund(id, 750);
      },
      end: ['free', 0, 100_000n],
    },
    'disputes and wins back the money': {
      tell: async (ctx) => stripe.account.decide(stripe.account.dispute(await buy(ctx)).id, 'lost'),
      end: ['free', 0, 100_000n],
    },
    'disputes and does not get it': {
      tell: async (ctx) => stripe.account.decide(stripe.account.dispute(await buy(ctx)).id, 'won'),
      end: ['free', 0, 600_000n],
    },
    'tries Pro and buys seats': {
      tell: async (ctx) => {
        await subscribe(ctx, 'pro', 7);
      },
      end: ['pro', 2, 5_000_000n],
    },
    'has Standard, wants Pro, and stops': {
      tell: async (ctx) => {
        await subscribe(ctx, 'standard');
        await app.nest.get(Subscriptions).subscribe(ctx, 'pro', null);
        stripe.account.end(subscriptionOf(ctx));
      },
      end: ['free', 0, 0n],
    },
    'pauses and goes on': {
      tell: async (ctx) => {
        await subscribe(ctx, 'standard');
        await app.nest.get(Subscriptions).pause(ctx);
        await app.nest.get(Subscriptions).resume(ctx);
        await buy(ctx);
      },
      end: ['standard', 0, 1_500_000n],
    },
  };
  const checkout = async (ctx: Ctx): Promise<string> => sessionAt((await app.nest.get(Purchases).start(ctx, '500')).url);
  const buy = async (ctx: Ctx): Promise<string> => stripe.account.pay(await checkout(ctx)).id;
  const customers = new Map<string, string>();
  const subscribe = async (ctx: Ctx, plan: string, seats: number | null = null): Promise<void> => {
    const session = stripe.account.pay(sessionAt((await app.nest.get(Subscriptions).subscribe(ctx, plan, seats)).url!));
    customers.set(ctx.tenantId, session.subscription);
  };
  const subscriptionOf = (ctx: Ctx): string => customers.get(ctx.tenantId)!;

  it.each(Object.entries(STORIES))(
    'whoever %s ends the same, in whatever order, how often and whether at all the webhooks come',
    async (_, { tell, end }) => {
      for (let seed = 1; seed <= 6; seed++) {
        const random = randomOf(seed);
        const ctx = await newTenant();
        const from = stripe.account.events.length;
        await tell(ctx);
        const events = stripe.account.events.slice(from);
        const deliveries = [...events, ...events.filter(() => random() < 0.4)].filter(() => random() > 0.2).map((event) => ({ event, at: random() }));
        for (const { event } of deliveries.toSorted((a, b) => a.at - b.at)) {
          const { body, signature } = stripe.signed(event);
          await inbox().take(Buffer.from(body), signature);
          if (random() < 0.6) await inbox().work();
        }
        await inbox().work();
        await inbox().sweep();
        const [plan] = await app.db.sql<{ plan: string; seats_extra: number }>('SELECT plan, seats_extra FROM tenant_plan WHERE tenant_id = $1', [
          ctx.tenantId,
        ]);
        const balance = await available(ctx);
        expect([plan?.plan ?? 'free', plan?.seats_extra ?? 0, balance], `seed ${seed}`).toEqual(end);
      }
    },
    60_000,
  );

  it('begins a trial with further seats, takes less with the next period, and lets that be taken back', async () => {
    const ctx = { ...systemCtx(parseId('tnt', ada.tenantId), 'test') };
    await subscribe(ctx, 'pro', 6);
    await inbox().sweep();
    expect((await asAda().get('/billing/plan').expect(200)).body).toMatchObject({ plan: 'pro', limits: { seats: 6 } });
    stripe.account.renew(subscriptionOf(ctx));
    const { body: less } = await asAda().post('/billing/subscribe').send({ plan: 'standard' }).expect(200);
    expect(less.status).toBe('scheduled');
    expect((await asAda().get('/billing/subscription').expect(200)).body.subscription).toMatchObject({ plan: 'pro', next: { plan: 'standard' } });
    await asAda()
      .post('/billing/subscribe')
      .send({ plan: 'pro', seats: 6 })
      .expect(200)
      .expect(({ body }) => expect(body.status).toBe('changed'));
    expect((await asAda().get('/billing/subscription').expect(200)).body.subscription.next).toBeNull();
    await asAda().post('/billing/subscribe').send({ plan: 'enterprise' }).expect(422);
    await asAda().post('/billing/subscribe').send({ plan: 'standard', seats: 3 }).expect(422);
    expect((await asAda().get('/billing/invoices').expect(200)).body.data.length).toBeGreaterThan(0);
    expect((await asAda().post('/billing/portal').send({}).expect(200)).body.url).toContain('/portal/');
  });
});
