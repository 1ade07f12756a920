import type { Permission } from '@atelier/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Ledger, LEDGER_INVARIANTS, Sales } from '../../src/billing/ledger/index.js';
import { BillingDesk } from '../../src/billing/stripe/billing-desk.service.js';
import { Purchases } from '../../src/billing/stripe/purchases.service.js';
import { StripeEvents } from '../../src/billing/stripe/stripe-events.service.js';
import { StripeInbox } from '../../src/billing/stripe/stripe-inbox.service.js';
import { EVENT_TYPES } from '../../src/billing/stripe/stripe-pointer.js';
import { SubscriptionLooks } from '../../src/billing/stripe/subscription-looks.service.js';
import { SubscriptionPreviews } from '../../src/billing/stripe/subscription-previews.service.js';
import { Subscriptions } from '../../src/billing/stripe/subscriptions.service.js';
import { systemCtx, type Ctx } from '../../src/platform/context/index.js';
import { newId, parseId, typeId } from '../../src/platform/ids/index.js';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { StripeStandIn } from '../support/stripe-stand-in.js';

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
  it('shows a purchase as it is known while the service does not answer', async () => {
    const { body: bought } = await asAda().post('/billing/credits/purchase').send({ pack: '500' }).expect(201);
    stripe.account.pay(sessionAt(bought.url));
    stripe.next.push(500, 500, 500);
    const { body } = await asAda().get(`/billing/credits/purchases/${bought.id}`).expect(200);
    expect(body.state).toBe('open');
    stripe.next.length = 0;
    expect((await asAda().get(`/billing/credits/purchases/${bought.id}`).expect(200)).body.state).toBe('paid');
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
    // The month's 100 credits were held first.
    expect(await app.nest.get(Purchases).get(ctx, purchase.id)).toMatchObject({ owedMilli: 500_000n, receivableMilli: 400_000n });
    expect(await available(ctx)).toBe(0n);
    await app.db.sql(`SELECT * FROM ledger_void($1, $2, 'canceled', false)`, [ctx.tenantId, jobId]);
    await app.nest.get(Sales).collect();
    expect(await available(ctx)).toBe(100_000n);
    expect(await app.nest.get(Purchases).get(ctx, purchase.id)).toMatchObject({ owedMilli: 500_000n, receivableMilli: 0n });
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

  const checkout = async (ctx: Ctx): Promise<string> => sessionAt((await app.nest.get(Purchases).start(ctx, '500')).url);
  const buy = async (ctx: Ctx): Promise<string> => stripe.account.pay(await checkout(ctx)).id;
  const customers = new Map<string, string>();
  const subscribe = async (ctx: Ctx, plan: string, seats: number | null = null): Promise<void> => {
    const session = stripe.account.pay(sessionAt((await app.nest.get(Subscriptions).subscribe(ctx, plan, seats)).url!));
    customers.set(ctx.tenantId, session.subscription);
  };
  const subscriptionOf = (ctx: Ctx): string => customers.get(ctx.tenantId)!;

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
    stripe.account.renew(subscriptionOf(ctx), false);
    await inbox().sweep();
    await inbox().sweep();
    const mails = await app.db.sql(`SELECT FROM mail_message WHERE tenant_id = $1 AND subject = 'A payment did not go through'`, [ctx.tenantId]);
    expect(mails).toHaveLength(1);
    expect((await asAda().post('/billing/portal').send({}).expect(200)).body.url).toContain('/portal/');
  });

  /** Whose months began so many days ago, paid and seen. */
  const subscriberSince = async (days: number, plan = 'standard'): Promise<{ ctx: Ctx; id: string }> => {
    const ctx = await newTenant();
    stripe.account.now = Math.floor(Date.now() / 1000) - days * 86_400;
    await subscribe(ctx, plan);
    await inbox().sweep();
    return { ctx, id: subscriptionOf(ctx) };
  };
  const planOf = async (ctx: Ctx): Promise<string> =>
    (await app.db.sql<{ plan: string }>('SELECT plan FROM tenant_plan WHERE tenant_id = $1', [ctx.tenantId]))[0]!.plan;
  const moneyOf = (ctx: Ctx): Promise<{ category: string; amount: string }[]> =>
    app.db.sql(`SELECT category, amount_micros AS amount FROM charge WHERE tenant_id = $1 ORDER BY charged_at, category`, [ctx.tenantId]);

  it('keeps the month that is paid when the subscription rests, gives none while it does, and charges a new one when it goes on', async () => {
    const { ctx, id } = await subscriberSince(20);
    await app.nest.get(Subscriptions).pause(ctx);
    expect([await planOf(ctx), await available(ctx)], 'the month is paid').toEqual(['standard', 1_100_000n]);
    await app.nest.get(Subscriptions).resume(ctx);
    await app.nest.get(Subscriptions).pause(ctx);
    expect(await available(ctx)).toBe(1_100_000n);
    stripe.account.renew(id);
    await inbox().sweep();
    expect([await planOf(ctx), await available(ctx)], 'nobody paid for this one').toEqual(['free', 100_000n]);
    const before = stripe.account.all('invoice', ({ customer, status }) => customer === stripe.account.get(id).customer && status === 'paid').length;
    await app.nest.get(Subscriptions).resume(ctx);
    const after = stripe.account.all('invoice', ({ customer, status }) => customer === stripe.account.get(id).customer && status === 'paid').length;
    expect([await planOf(ctx), await available(ctx), after - before]).toEqual(['standard', 1_100_000n, 1]);
  });
  it('gives no credits for months after an end that is known, whether or not its news comes', async () => {
    const { ctx } = await subscriberSince(20);
    await app.nest.get(Subscriptions).subscribe(ctx, 'free', null);
    expect(await available(ctx)).toBe(1_100_000n);
    await app.db.sql(`UPDATE tenant_plan SET period_anchor = period_anchor - interval '1 month', ends_at = ends_at - interval '1 month' WHERE tenant_id = $1`, [
      ctx.tenantId,
    ]);
    await app.db.sql(`UPDATE credit_grant SET expires_at = now() WHERE tenant_id = $1`, [ctx.tenantId]);
    await app.db.sql(`UPDATE wallet SET period_ends_at = now(), due_at = now() WHERE tenant_id = $1`, [ctx.tenantId]);
    expect(await available(ctx)).toBe(0n);
  });
  it('lets the plan stay for seven days after a failed payment while its credits wait, and makes it Free then', async () => {
    const { ctx, id } = await subscriberSince(32);
    expect(await available(ctx)).toBe(1_100_000n);
    stripe.account.renew(id, false);
    await inbox().sweep();
    expect([await planOf(ctx), await available(ctx)]).toEqual(['standard', 100_000n]);
    stripe.account.retry(id);
    await inbox().sweep();
    expect([await planOf(ctx), await available(ctx)], 'paid after all').toEqual(['standard', 1_100_000n]);
    stripe.account.get(id).status = 'past_due';
    Object.assign(stripe.account.get(stripe.account.get(id).latest_invoice).status_transitions, { finalized_at: Math.floor(Date.now() / 1000) - 8 * 86_400 });
    await app.db.sql(`UPDATE subscription SET grace_ends_at = now() WHERE tenant_id = $1`, [ctx.tenantId]);
    await app.nest.get(StripeEvents).endWhatIsOver();
    expect([await planOf(ctx), await available(ctx)]).toEqual(['free', 100_000n]);
    stripe.account.retry(id);
    await inbox().sweep();
    expect([await planOf(ctx), await available(ctx)], 'paid when the plan was gone already').toEqual(['standard', 1_100_000n]);
  });
  it('previews to the cent what a change then charges, and changes nothing by it', async () => {
    const { ctx, id } = await subscriberSince(10);
    const previews = app.nest.get(SubscriptionPreviews);
    expect(await previews.preview(ctx, 'free', null)).toMatchObject({ status: 'scheduled', dueNow: { totalMicros: 0n }, then: null });
    const preview = await previews.preview(ctx, 'pro', 7);
    expect(preview).toMatchObject({ status: 'changed', effectiveAt: null, then: { totalMicros: 73_000_000n } });
    expect(await planOf(ctx)).toBe('standard');
    await app.nest.get(Subscriptions).subscribe(ctx, 'pro', 7);
    expect(BigInt(stripe.account.get(stripe.account.get(id).latest_invoice).total) * 10_000n).toBe(preview.dueNow.totalMicros);
    expect(await previews.preview(ctx, 'standard', null)).toMatchObject({
      ...{ status: 'scheduled', dueNow: { totalMicros: 0n } },
      then: { totalMicros: 19_000_000n },
    });
    await previews.preview(ctx, 'standard', 3).then(
      () => expect.fail('seats are not sold'),
      (error: unknown) => expect(error).toMatchObject({ code: 'validation_failed' }),
    );
    const fresh = await newTenant();
    expect(await previews.preview(fresh, 'pro', null)).toMatchObject({ status: 'checkout', dueNow: { totalMicros: 0n }, then: { totalMicros: 49_000_000n } });
    expect(await previews.preview(fresh, 'standard', null)).toMatchObject({ status: 'checkout', dueNow: { totalMicros: 19_000_000n } });
  });
  it('leaves a subscription as it is when the card for more is declined', async () => {
    const { ctx, id } = await subscriberSince(10);
    stripe.account.giveCard(stripe.account.get(id).customer, 'Your card was declined.');
    await expect(app.nest.get(Subscriptions).subscribe(ctx, 'pro', null)).rejects.toMatchObject({ code: 'payment_declined' });
    await inbox().sweep();
    expect([await planOf(ctx), await available(ctx)]).toEqual(['standard', 1_100_000n]);
  });
  it('keeps a scheduled downgrade when the card for more is declined, and promises no credits of the old plan after it', async () => {
    const { ctx, id } = await subscriberSince(20, 'pro');
    stripe.account.renew(id);
    await app.nest.get(Subscriptions).subscribe(ctx, 'standard', null);
    const ends = await app.db.sql<{ at: Date }>('SELECT ends_at AS at FROM tenant_plan WHERE tenant_id = $1', [ctx.tenantId]);
    expect(ends[0]!.at.getTime()).toBe(stripe.account.get(id).items.data[0].current_period_end * 1000);
    stripe.account.giveCard(stripe.account.get(id).customer, 'Your card was declined.');
    await expect(app.nest.get(Subscriptions).subscribe(ctx, 'pro', 8)).rejects.toMatchObject({ code: 'payment_declined' });
    await inbox().sweep();
    expect((await app.nest.get(Subscriptions).find(ctx))!.next).toMatchObject({ plan: 'standard', seatsExtra: 0 });
    stripe.account.giveCard(stripe.account.get(id).customer);
    stripe.account.renew(id);
    await inbox().sweep();
    expect(await planOf(ctx)).toBe('standard');
  });
  it('takes no plan away that an operator gave, nor gives it the seats of another', async () => {
    const ctx = await newTenant();
    stripe.account.now = Math.floor(Date.now() / 1000);
    await subscribe(ctx, 'pro', 7);
    await inbox().sweep();
    await app.setPlan(typeId('tnt', ctx.tenantId), 'enterprise');
    expect(await app.db.sql('SELECT seats_extra FROM tenant_plan WHERE tenant_id = $1', [ctx.tenantId])).toEqual([{ seats_extra: 0 }]);
    stripe.account.end(subscriptionOf(ctx));
    await inbox().sweep();
    await app.nest.get(Subscriptions).subscribe(ctx, 'standard', null);
    expect(await planOf(ctx), 'a checkout was begun and left').toBe('enterprise');

    const { ctx: late, id } = await subscriberSince(32);
    stripe.account.renew(id, false);
    Object.assign(stripe.account.get(stripe.account.get(id).latest_invoice).status_transitions, { finalized_at: Math.floor(Date.now() / 1000) - 8 * 86_400 });
    await inbox().sweep();
    expect(await planOf(late)).toBe('free');
    await app.setPlan(typeId('tnt', late.tenantId), 'standard');
    await app.nest.get(StripeEvents).endWhatIsOver();
    expect(await planOf(late), 'the grace was over before').toBe('standard');
  });
  it('asks after subscriptions whose period is over without news', async () => {
    const { ctx, id } = await subscriberSince(32);
    await app.db.sql(`UPDATE subscription SET seen_at = period_ends_at - interval '1 day' WHERE tenant_id = $1`, [ctx.tenantId]);
    const told = stripe.account.events.length;
    stripe.account.renew(id, false);
    stripe.account.events.length = told;
    await app.nest.get(StripeEvents).lookAtUnheard();
    expect((await app.nest.get(Subscriptions).find(ctx))!.status).toBe('past_due');
    const { requests } = stripe;
    await app.nest.get(StripeEvents).lookAtUnheard();
    expect(stripe.requests, 'heard of now').toBe(requests);
  });
  it('sweeps once a day however often it is started, back over the whole gap, and tries once more what was given up', async () => {
    const { ctx, id } = await subscriberSince(5);
    const asked = stripe.askedSince.length;
    await inbox().sweepDaily();
    expect(stripe.askedSince.length, 'it was swept just now').toBe(asked);
    const sweepAfter = async (days: number): Promise<number> => {
      await app.db.sql(`UPDATE stripe_sweep SET swept_at = now() - make_interval(days => $1), begun_at = '-infinity'`, [days]);
      await inbox().sweepDaily();
      await inbox().sweepDaily();
      return Math.round((Date.now() / 1000 - stripe.askedSince.at(-1)!) / 86_400);
    };
    expect([await sweepAfter(2), await sweepAfter(10), await sweepAfter(60)]).toEqual([4, 10, 29]);
    expect(stripe.askedSince.length - asked, 'once each').toBe(3 * Math.ceil(EVENT_TYPES.length / 20));
    const told = stripe.account.events.length;
    stripe.account.end(id);
    stripe.account.events.length = told;
    await app.db.sql(`UPDATE stripe_event SET state = 'dead', attempts = 40 WHERE customer_id = $1`, [stripe.account.get(id).customer]);
    await sweepAfter(2);
    expect(await planOf(ctx)).toBe('free');
    expect(await app.db.sql(`SELECT id FROM stripe_event WHERE state = 'dead'`)).toEqual([]);
  });
  it('records each paid invoice once: what it is for, and its tax apart', async () => {
    const { ctx, id } = await subscriberSince(32);
    expect(await moneyOf(ctx)).toEqual([{ category: 'purchase', amount: '19000000' }]);
    stripe.account.taxPercent = 20;
    stripe.account.renew(id);
    await inbox().sweep();
    await buy(ctx);
    stripe.account.taxPercent = 0;
    await inbox().sweep();
    await inbox().sweep();
    expect((await moneyOf(ctx)).map(({ category, amount }) => `${category} ${amount}`).toSorted()).toEqual(
      ['purchase 19000000', 'purchase 19000000', 'tax 3800000', 'purchase 10000000', 'tax 2000000'].toSorted(),
    );
    const invoices = await app.db.sql<{ same: boolean }>(
      `SELECT total_micros = (SELECT sum(amount_micros) FROM charge c WHERE c.tenant_id = i.tenant_id AND c.invoice_id = i.number) AS same FROM invoice i WHERE tenant_id = $1`,
      [ctx.tenantId],
    );
    expect(invoices).toEqual([{ same: true }, { same: true }, { same: true }]);
  });
  it('takes back the credits of a month in proportion to its refund for good, and the plan while the payment is disputed', async () => {
    const { ctx, id } = await subscriberSince(3);
    const { latest_invoice: invoice } = stripe.account.get(id);
    const kept = async (): Promise<bigint> => (await moneyOf(ctx)).reduce((sum, { amount }) => sum + BigInt(amount), 0n);
    stripe.account.refund(invoice, 950);
    for (const time of ['once', 'twice']) {
      await inbox().sweep();
      await app.nest.get(SubscriptionLooks).look(ctx.tenantId);
      expect([await planOf(ctx), await available(ctx), await kept()], time).toEqual(['standard', 600_000n, 9_500_000n]);
    }
    const dispute = stripe.account.dispute(invoice);
    await inbox().sweep();
    expect([await planOf(ctx), await available(ctx), await kept()]).toEqual(['free', 100_000n, 0n]);
    stripe.account.decide(dispute.id, 'won');
    await inbox().sweep();
    expect([await planOf(ctx), await available(ctx), await kept()]).toEqual(['standard', 600_000n, 9_500_000n]);
  });
  it('shows the links of invoices, which need no sign-in, to those who pay or audit and to nobody else', async () => {
    const { ctx } = await subscriberSince(1);
    const linksFor = async (...permissions: Permission[]): Promise<(string | null)[]> =>
      (await app.nest.get(BillingDesk).listInvoices({ ...ctx, permissions: new Set(permissions) }, { limit: 10 })).data.map(({ pageUrl }) => pageUrl);
    expect(await linksFor('billing:read')).toEqual([null]);
    expect(await linksFor('billing:read', 'billing:write')).toEqual(['https://invoice.example/i']);
    expect(await linksFor('billing:read', 'audit:read')).toEqual(['https://invoice.example/i']);
  });
  it('books a refund to the cent, although its share of the credits is rounded', async () => {
    const ctx = await newTenant();
    const { url } = await app.nest.get(Purchases).start(ctx, '2000');
    stripe.account.pay(sessionAt(url));
    stripe.account.refund(sessionAt(url), 1);
    await inbox().sweep();
    expect((await moneyOf(ctx)).map(({ amount }) => amount).toSorted()).toEqual(['-10000', '36000000']);
    expect(await available(ctx)).toBe(2_099_445n);
  });
  it('charges what a coupon leaves, grants the whole pack, takes back in proportion, and knows no coupon twice', async () => {
    const ctx = await newTenant();
    const half = stripe.account.createCoupon(50);
    const first = await checkout(ctx);
    stripe.account.pay(first, 'card', half);
    const second = await checkout(ctx);
    expect(() => stripe.account.pay(second, 'card', half)).toThrow('used up');
    stripe.account.pay(second);
    await inbox().sweep();
    expect(await available(ctx)).toBe(1_100_000n);
    expect(new Set((await moneyOf(ctx)).map(({ amount }) => amount))).toEqual(new Set(['5000000', '10000000']));
    stripe.account.refund(first, 500);
    await inbox().sweep();
    expect(await available(ctx)).toBe(600_000n);
    expect((await moneyOf(ctx)).at(-1)).toEqual({ category: 'adjustment', amount: '-5000000' });
  });
});
