import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Ledger, LEDGER_INVARIANTS } from '../../src/billing/ledger/index.js';
import { PurchaseLooks } from '../../src/billing/stripe/purchase-looks.service.js';
import { Purchases } from '../../src/billing/stripe/purchases.service.js';
import { StripeInbox } from '../../src/billing/stripe/stripe-inbox.service.js';
import { Subscriptions } from '../../src/billing/stripe/subscriptions.service.js';
import { TopUpRuns } from '../../src/billing/stripe/top-up-runs.service.js';
import { TopUpSweep } from '../../src/billing/stripe/top-up-sweep.service.js';
import { systemCtx, type Ctx } from '../../src/platform/context/index.js';
import { newId, parseId, typeId } from '../../src/platform/ids/index.js';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { StripeStandIn } from '../support/stripe-stand-in.js';

describe('payments under faults', () => {
  let app: TestApp;
  let stripe: StripeStandIn;
  beforeAll(async () => {
    stripe = await StripeStandIn.start();
    app = await startApp({ ...stripe.settings, ATELIER_IP_PER_MINUTE: '0' });
  });
  afterAll(async () => {
    await expectBooksToBalance();
    expect(stripe.faults).toEqual([]);
    await app.close();
    stripe.stop();
    for (const name of Object.keys(stripe.settings)) delete process.env[name];
  });
  const expectBooksToBalance = async (): Promise<void> => {
    for (const [name, sql] of Object.entries(LEDGER_INVARIANTS)) expect(await app.db.as('system', null, sql), name).toEqual([]);
  };
  const inbox = (): StripeInbox => app.nest.get(StripeInbox);
  const ctxOf = (person: Person): Ctx => systemCtx(parseId('tnt', person.tenantId), 'test');
  const sessionAt = (url: string): string => new URL(url).pathname.split('/')[2]!;
  const available = async (ctx: { tenantId: string }): Promise<bigint> => (await app.nest.get(Ledger).balance(ctx)).availableMilli;
  const customerOf = (ctx: Ctx): string => stripe.account.all('customer', ({ metadata }) => metadata.tenant === typeId('tnt', ctx.tenantId))[0]!.id;

  /** Has bought a pack with a card that is kept: 600 credits. */
  const buyer = async (): Promise<{ person: Person; ctx: Ctx }> => {
    const person = await app.register();
    const ctx = ctxOf(person);
    const { purchase, url } = await app.nest.get(Purchases).start(ctx, '500');
    stripe.account.pay(sessionAt(url));
    await app.nest.get(Purchases).get(ctx, purchase.id);
    return { person, ctx };
  };
  /** Of top-ups only; a pack has a receipt. */
  const invoicesOf = (ctx: Ctx, status: string) =>
    stripe.account.all('invoice', (invoice) => invoice.customer === customerOf(ctx) && invoice.payments !== undefined && invoice.status === status);
  const WISH = { enabled: true, threshold: '1000', pack: '500', dayMaxMicros: '20000000', coolDownMinutes: 10 };
  const setTopUp = (person: Person, wish: object = {}) =>
    app
      .api(person.token)
      .put('/billing/top-up')
      .send({ ...WISH, ...wish });
  const topUp = (): Promise<void> => app.nest.get(TopUpSweep).work();
  const topUpsOf = (ctx: Ctx): Promise<{ state: string; failure: string | null }[]> =>
    app.db.sql(`SELECT state, failure FROM credit_purchase WHERE tenant_id = $1 AND source = 'top_up' ORDER BY id`, [ctx.tenantId]);
  /** As if so much time had passed. */
  const later = async (ctx: Ctx, by: string): Promise<void> => {
    await app.db.sql(`UPDATE credit_purchase SET made_at = made_at - $2::interval, look_at = look_at - $2::interval WHERE tenant_id = $1`, [ctx.tenantId, by]);
    await app.db.sql(`UPDATE top_up SET not_before = not_before - $2::interval WHERE tenant_id = $1`, [ctx.tenantId, by]);
    await app.db.sql(`UPDATE billing_account SET lease_until = lease_until - $2::interval WHERE tenant_id = $1`, [ctx.tenantId, by]);
  };

  it('tops up below the threshold, after the cool-down again, and never for more money than the day allows', async () => {
    const { person, ctx } = await buyer();
    await setTopUp(person).expect(200);
    await topUp();
    expect(await available(ctx)).toBe(1_100_000n);
    await setTopUp(person, { threshold: '5000' }).expect(200);
    await topUp();
    expect(await available(ctx), 'cools down').toBe(1_100_000n);
    await later(ctx, '11 minutes');
    await topUp();
    expect(await available(ctx)).toBe(1_600_000n);
    await later(ctx, '11 minutes');
    await topUp();
    expect(await available(ctx), 'the $20 of the day are spent').toBe(1_600_000n);
    await later(ctx, '24 hours');
    await topUp();
    expect(await available(ctx)).toBe(2_100_000n);
    await inbox().sweep();
    const invoices = (await app.api(person.token).get('/billing/invoices').expect(200)).body.data;
    expect(invoices.map(({ status, totalMicros }: { status: string; totalMicros: string }) => [status, totalMicros])).toEqual(
      Array.from({ length: 4 }, () => ['paid', '10000000']),
    );
  });
  it('says every fault of the settings, and wants a card before it is switched on', async () => {
    const { person } = await buyer();
    await setTopUp(person, { threshold: '0', pack: '10000' })
      .expect(422)
      .expect(({ body }) => expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(['/threshold', '/dayMaxMicros']));
    await setTopUp(person, { threshold: '-1', pack: '7', dayMaxMicros: '1.5', coolDownMinutes: 0 })
      .expect(422)
      .expect(({ body }) =>
        expect(body.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted()).toEqual(['/coolDownMinutes', '/dayMaxMicros', '/pack', '/threshold']),
      );
    await setTopUp(await app.register())
      .expect(409)
      .expect(({ body }) => expect(body.code).toBe('no_card'));
  });
  it('waits after a decline, longer after the second, and switches itself off with the third: one mail, nothing owed', async () => {
    const { person, ctx } = await buyer();
    stripe.account.giveCard(customerOf(ctx), 'Your card has insufficient funds.');
    await setTopUp(person).expect(200);
    for (const [index, wait] of ['1 hour', '6 hours', '2 days'].entries()) {
      await topUp();
      await topUp();
      expect((await topUpsOf(ctx)).length, wait).toBe(index + 1);
      await later(ctx, wait);
    }
    await topUp();
    expect(await topUpsOf(ctx)).toEqual(Array.from({ length: 3 }, () => ({ state: 'failed', failure: 'Your card has insufficient funds.' })));
    const { body } = await app.api(person.token).get('/billing/top-up').expect(200);
    expect(body).toMatchObject({ enabled: false, declines: 3, stoppedBecause: 'Your card has insufficient funds.' });
    const mails = await app.db.sql(`SELECT FROM mail_message WHERE tenant_id = $1 AND subject = 'Automatic top-up was switched off'`, [ctx.tenantId]);
    expect(mails).toHaveLength(1);
    expect(await app.db.sql(`SELECT FROM audit_entry WHERE tenant_id = $1 AND action = 'top_up.stopped'`, [ctx.tenantId])).toHaveLength(1);
    expect([...invoicesOf(ctx, 'open'), ...invoicesOf(ctx, 'paid'), ...invoicesOf(ctx, 'draft')]).toEqual([]);
    stripe.account.giveCard(customerOf(ctx));
    await setTopUp(person).expect(200);
    await topUp();
    expect(await available(ctx)).toBe(1_100_000n);
  });
  it('tops up once when a hundred find at once that the balance is low', async () => {
    const { person, ctx } = await buyer();
    await setTopUp(person).expect(200);
    await Promise.all(Array.from({ length: 100 }, () => app.nest.get(TopUpRuns).begin(ctx.tenantId)));
    expect(await topUpsOf(ctx)).toEqual([{ state: 'paid', failure: null }]);
    expect(await available(ctx)).toBe(1_100_000n);
  });

  /** Cuts `flow` off at every step in turn – the network and the database at once, as its death would – until one run gets through. */
  const atEveryStep = async (flow: () => Promise<{ run: () => Promise<unknown>; after: (step: string) => Promise<void> }>): Promise<number> => {
    let cuts = 0;
    for (const done of [false, true])
      for (let step = 0; ; step++) {
        const { run, after } = await flow();
        let letIn = async (): Promise<void> => undefined;
        stripe.cutAfter(step, done, async () => void (letIn = await app.db.cutOff()));
        await run().catch(() => undefined);
        const happened = stripe.heal();
        await letIn();
        await after(`cut ${done ? 'after' : 'before'} request ${step + 1}`);
        if (!happened) break;
        cuts++;
      }
    return cuts;
  };

  it('tops up once, wherever on the way it dies', async () => {
    const cuts = await atEveryStep(async () => {
      const { person, ctx } = await buyer();
      await setTopUp(person).expect(200);
      return {
        run: () => app.nest.get(TopUpRuns).begin(ctx.tenantId),
        after: async (step) => {
          await later(ctx, '3 minutes');
          await topUp();
          expect(await topUpsOf(ctx), step).toEqual([{ state: 'paid', failure: null }]);
          expect(await available(ctx), step).toBe(1_100_000n);
          expect(invoicesOf(ctx, 'paid'), step).toHaveLength(1);
        },
      };
    });
    expect(cuts).toBeGreaterThanOrEqual(14);
    await expectBooksToBalance();
  });

  const newTenant = async (): Promise<Ctx> => {
    const id = newId();
    await app.db.sql(`INSERT INTO tenant (id, name) VALUES ($1, 'A buyer')`, [id]);
    return systemCtx(id, 'test');
  };
  /** As after a restart: leases and claims of the dead are over, and the sweep comes by. */
  const recover = async (ctx: Ctx): Promise<void> => {
    await later(ctx, '3 minutes');
    await app.db.sql(`UPDATE stripe_event SET due_at = now() WHERE state IN ('received', 'failed')`);
    await inbox().sweep();
  };
  const standard = async (ctx: Ctx): Promise<string> => {
    const { url } = await app.nest.get(Subscriptions).subscribe(ctx, 'standard', null);
    const { subscription } = stripe.account.pay(sessionAt(url!));
    await inbox().sweep();
    return subscription;
  };

  it('grants and takes back once, wherever the sweep dies on the way', async () => {
    const cuts = await atEveryStep(async () => {
      const ctx = await newTenant();
      const paid = sessionAt((await app.nest.get(Purchases).start(ctx, '500')).url);
      const refunded = sessionAt((await app.nest.get(Purchases).start(ctx, '500')).url);
      stripe.account.pay(paid);
      stripe.account.pay(refunded);
      stripe.account.refund(refunded, 1000);
      return {
        run: () => inbox().sweep(),
        after: async (step) => {
          await recover(ctx);
          expect(await available(ctx), step).toBe(600_000n);
        },
      };
    });
    expect(cuts).toBeGreaterThanOrEqual(8);
    await expectBooksToBalance();
  });
  it('sells once, wherever a purchase dies before it is paid, to a buyer who tries again', async () => {
    const cuts = await atEveryStep(async () => {
      const ctx = await newTenant();
      return {
        run: () => app.nest.get(Purchases).start(ctx, '500'),
        after: async (step) => {
          stripe.account.pay(sessionAt((await app.nest.get(Purchases).start(ctx, '500')).url));
          await recover(ctx);
          expect(await available(ctx), step).toBe(600_000n);
          expect(
            stripe.account.all('customer', ({ metadata }) => metadata.tenant === typeId('tnt', ctx.tenantId)),
            step,
          ).toHaveLength(1);
        },
      };
    });
    expect(cuts).toBeGreaterThanOrEqual(4);
  });
  it('charges a bigger plan once, wherever the change dies, when it is asked for again', async () => {
    const cuts = await atEveryStep(async () => {
      const ctx = await newTenant();
      const id = await standard(ctx);
      return {
        run: () => app.nest.get(Subscriptions).subscribe(ctx, 'pro', 6),
        after: async (step) => {
          await later(ctx, '3 minutes');
          await app.nest.get(Subscriptions).subscribe(ctx, 'pro', 6);
          await recover(ctx);
          expect(await available(ctx), step).toBe(5_100_000n);
          const { customer } = stripe.account.get(id);
          const charged = stripe.account.all('invoice', (invoice) => invoice.customer === customer && invoice.billing_reason === 'subscription_update');
          expect(charged, step).toHaveLength(1);
        },
      };
    });
    expect(cuts).toBeGreaterThanOrEqual(4);
    await expectBooksToBalance();
  });

  const HUNDRED = Array.from({ length: 100 }, (_, index) => index);

  it('makes one purchase of a hundred at once under one key, and one grant of a hundred looks', async () => {
    const person = await app.register();
    const answers = await Promise.all(
      HUNDRED.map(() => app.api(person.token).post('/billing/credits/purchase').set('idempotency-key', 'one-purchase').send({ pack: '500' })),
    );
    const made = answers.filter(({ status }) => status === 201);
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ status }) => status !== 201 && status !== 409)).toEqual([]);
    const { id, url } = made[0]!.body;
    stripe.account.pay(sessionAt(url));
    await Promise.all(HUNDRED.map(() => app.nest.get(PurchaseLooks).look(ctxOf(person).tenantId, parseId('pur', id))));
    expect(await available(ctxOf(person))).toBe(600_000n);
    expect(stripe.account.all('checkout.session', ({ customer }) => customer === customerOf(ctxOf(person)))).toHaveLength(1);
  });
  it('takes back exactly what a hundred refunds at once gave back', async () => {
    const ctx = await newTenant();
    const { purchase, url } = await app.nest.get(Purchases).start(ctx, '500');
    stripe.account.pay(sessionAt(url));
    await app.nest.get(Purchases).get(ctx, purchase.id);
    await Promise.all(
      HUNDRED.map(async (index) => {
        if (index < 99) stripe.account.refund(sessionAt(url), 10);
        await app.nest.get(PurchaseLooks).look(ctx.tenantId, purchase.id);
      }),
    );
    // 99 of 100 parts: five credits of the pack are left beside those of the month.
    expect(await available(ctx)).toBe(105_000n);
    const charged = await app.db.sql(`SELECT sum(amount_micros)::text AS sum FROM charge WHERE tenant_id = $1`, [ctx.tenantId]);
    expect(charged).toEqual([{ sum: '100000' }]);
  });
  it('ends a subscription once when a hundred cancel it at once', async () => {
    const ctx = await newTenant();
    const id = await standard(ctx);
    const from = stripe.account.events.length;
    const outcomes = await Promise.allSettled(HUNDRED.map(() => app.nest.get(Subscriptions).subscribe(ctx, 'free', null)));
    // On a slow machine the last in the line are told to come again.
    const said = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.status : (outcome.reason as { code: string }).code));
    expect(said.filter((one) => one !== 'scheduled' && one !== 'billing_busy')).toEqual([]);
    expect(said).toContain('scheduled');
    expect(stripe.account.events.slice(from).filter(({ type }) => type === 'customer.subscription.updated')).toHaveLength(1);
    expect(stripe.account.get(id).cancel_at_period_end).toBe(true);
    expect(await available(ctx), 'the month is paid').toBe(1_100_000n);
    stripe.account.renew(id);
    await inbox().sweep();
    expect(await available(ctx)).toBe(100_000n);
  });
});
