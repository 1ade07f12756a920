import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LEDGER_INVARIANTS, LedgerCare, LedgerProof } from '../../src/billing/ledger/index.js';
import { newId, parseId, typeId } from '../../src/platform/ids/index.js';
import { startApp, type Person, type TestApp } from '../support/app.js';

const noLimits = {
  apiPerMinute: null,
  generationsPerHour: null,
  uploadsPerHour: null,
  runningJobs: null,
  sideMax: null,
  videosPerMonth: null,
  customModels: null,
  gpuClasses: ['A10G'],
  apiKeys: true,
  sso: false,
  weight: 8,
  storageBytes: null,
  seats: null,
};

describe('billing over HTTP', () => {
  let app: TestApp;
  let ada: Person;
  beforeAll(async () => {
    app = await startApp();
    ada = await app.register();
  });
  afterAll(async () => {
    for (const [name, sql] of Object.entries(LEDGER_INVARIANTS)) expect(await app.db.as('system', null, sql), name).toEqual([]);
    await app.close();
  });
  const asAda = () => app.api(ada.token);
  const asOperator = () => app.api(app.operator.token);

  describe('plans', () => {
    it('a new tenant is on Free, its month counted from registration', async () => {
      const { body } = await asAda().get('/billing/plan').expect(200);
      expect(body).toMatchObject({
        plan: 'free',
        version: 1,
        name: 'Free',
        creditsPerMonth: '100',
        priceMicrosPerMonth: '0',
        limits: { apiPerMinute: 100, runningJobs: 1, sideMax: 512, apiKeys: false, gpuClasses: ['CPU', 'T4', 'L4'] },
      });
      expect(Date.now() - Date.parse(body.period.startsAt)).toBeLessThan(60_000);
    });
    it.each([
      ['free', '100', 1],
      ['standard', '1000', 3],
      ['pro', '5000', 10],
      ['enterprise', '0', 50],
    ])('%s is sold with %s credits and %i running jobs', async (plan, credits, running) => {
      const { body } = await asOperator().get('/operator/plans').expect(200);
      expect(body.data.find((p: { plan: string; version: number }) => p.plan === plan && p.version === 1)).toMatchObject({
        creditsPerMonth: credits,
        limits: { runningJobs: running },
      });
    });
    it('a plan that an operator gives counts at once, with a new period and its credits; doing it again changes nothing', async () => {
      const bob = await app.register('Bob');
      await app.api(bob.token).get('/billing/credits').expect(200);
      await app.setPlan(bob.tenantId, 'pro');
      await app.setPlan(bob.tenantId, 'pro');
      expect((await app.api(bob.token).get('/billing/plan')).body).toMatchObject({ plan: 'pro', limits: { apiKeys: true } });
      expect((await app.api(bob.token).get('/billing/credits')).body).toMatchObject({
        available: '5000',
        held: '0',
        grants: [{ kind: 'plan', amount: '5000', remaining: '5000' }],
      });
      const audit = await app.db.sql<{ n: number }>(`SELECT count(*)::int AS n FROM audit_entry WHERE tenant_id = $1 AND action = 'tenant.plan_set'`, [
        parseId('tnt', bob.tenantId),
      ]);
      expect(audit).toEqual([{ n: 1 }]);
    });
    it('given by two operators at once counts once: one month of credits, one line in the audit log', async () => {
      const bob = await app.register('Bob');
      await app.api(bob.token).get('/billing/credits').expect(200);
      await Promise.all(Array.from({ length: 6 }, () => app.setPlan(bob.tenantId, 'standard')));
      const grants = await app.db.sql<{ n: number }>(
        `SELECT count(*)::int AS n FROM ledger_entry WHERE tenant_id = $1 AND kind = 'grant' AND amount_milli = 1000000`,
        [parseId('tnt', bob.tenantId)],
      );
      const audit = await app.db.sql<{ n: number }>(`SELECT count(*)::int AS n FROM audit_entry WHERE tenant_id = $1 AND action = 'tenant.plan_set'`, [
        parseId('tnt', bob.tenantId),
      ]);
      expect([grants, audit]).toEqual([[{ n: 1 }], [{ n: 1 }]]);
    });
    it('an operator makes a plan without limits, then its next version; tenants keep the version they have', async () => {
      const body = { plan: 'unbound', name: 'Unbound', creditsPerMonth: '1000000', limits: noLimits };
      const made = await asOperator().post('/operator/plans').send(body).expect(201);
      expect(made.body).toMatchObject({ plan: 'unbound', version: 1, priceMicrosPerMonth: null, limits: { ...noLimits, gpuClasses: ['CPU', 'A10G'] } });
      const eve = await app.register('Eve');
      await app.setPlan(eve.tenantId, 'unbound');
      await asOperator()
        .post('/operator/plans')
        .send({ ...body, creditsPerMonth: '5' })
        .expect(201)
        .expect((r) => expect(r.body.version).toBe(2));
      expect((await app.api(eve.token).get('/billing/plan')).body).toMatchObject({ plan: 'unbound', version: 1, creditsPerMonth: '1000000' });
      await app.setPlan(eve.tenantId, 'unbound');
      expect((await app.api(eve.token).get('/billing/credits')).body.available).toBe('5');
    });
    it('a version made for one customer is given by its number, and is nobody else’s', async () => {
      const body = { plan: 'bespoke', name: 'Bespoke', creditsPerMonth: '10', limits: noLimits };
      await asOperator().post('/operator/plans').send(body).expect(201);
      await asOperator()
        .post('/operator/plans')
        .send({ ...body, creditsPerMonth: '7', offered: false })
        .expect(201)
        .expect((r) => expect(r.body).toMatchObject({ version: 2, offered: false }));
      const fay = await app.register('Fay');
      await app.setPlan(fay.tenantId, 'bespoke');
      expect((await app.api(fay.token).get('/billing/plan')).body).toMatchObject({ plan: 'bespoke', version: 1 });
      const { body: offers } = await app.api(fay.token).get('/billing/offers').expect(200);
      expect(offers.plans.find(({ plan }: { plan: string }) => plan === 'bespoke')).toMatchObject({ version: 1, creditsPerMonth: '10' });
      const give = (version: number) => asOperator().post(`/operator/tenants/${fay.tenantId}/plan`).send({ plan: 'bespoke', version });
      await give(3).expect(422);
      expect((await give(2).expect(200)).body).toMatchObject({ plan: 'bespoke', version: 2, creditsPerMonth: '7' });
    });
    it('every fault of a plan is named at once', async () => {
      const { body } = await asOperator()
        .post('/operator/plans')
        .send({ plan: 'No Spaces', name: '', creditsPerMonth: '-1', limits: { ...noLimits, weight: 0, gpuClasses: ['Z80'] } })
        .expect(422);
      expect(body.errors.map((e: { pointer: string }) => e.pointer)).toEqual(
        expect.arrayContaining(['/plan', '/name', '/creditsPerMonth', '/limits/weight', '/limits/gpuClasses']),
      );
    });
    it('an unknown plan is 422 with those there are; an unknown tenant is 404', async () => {
      const { body } = await asOperator().post(`/operator/tenants/${ada.tenantId}/plan`).send({ plan: 'gold' }).expect(422);
      expect(body.errors[0]).toMatchObject({ pointer: '/plan', code: 'plan_unknown', fix: expect.stringContaining('standard') });
      await asOperator()
        .post(`/operator/tenants/${typeId('tnt', newId())}/plan`)
        .send({ plan: 'pro' })
        .expect(404);
    });
    it('tenants neither see nor use what is the operators’', async () => {
      for (const path of ['plans', 'price-lists', 'rate-cards']) await asAda().get(`/operator/${path}`).expect(403);
      await asAda().post(`/operator/tenants/${ada.tenantId}/plan`).send({ plan: 'pro' }).expect(403);
      await asAda().post(`/operator/tenants/${ada.tenantId}/grants`).send({ credits: '1', reason: 'please' }).expect(403);
    });
  });

  describe('credits', () => {
    it('granted by an operator are there at once, once per Idempotency-Key', async () => {
      const cai = await app.register('Cai');
      const grant = (key: string) =>
        asOperator().post(`/operator/tenants/${cai.tenantId}/grants`).set('idempotency-key', key).send({ credits: '12.5', reason: 'A welcome' });
      const first = await grant('welcome').expect(201);
      expect(first.body).toMatchObject({ kind: 'operator', amount: '12.5', remaining: '12.5', reason: 'A welcome' });
      const again = await grant('welcome').expect(201);
      expect(again.body.id).toBe(first.body.id);
      const { body } = await app.api(cai.token).get('/billing/credits').expect(200);
      expect(body).toMatchObject({ available: '112.5', held: '0' });
      expect(body.grants.map((g: { kind: string }) => g.kind)).toEqual(['plan', 'operator']);
    });
    it.each([
      [{ credits: '0', reason: 'x' }, '/credits'],
      [{ credits: '1', reason: 'x', expiresAt: '2020-01-01T00:00:00Z' }, '/expiresAt'],
      [{ credits: '1.2345', reason: 'x' }, '/credits'],
      [{ credits: '1' }, '/reason'],
      [{ credits: 1, reason: 'x' }, '/credits'],
    ])('%j is 422', async (sent, pointer) => {
      const { body } = await asOperator().post(`/operator/tenants/${ada.tenantId}/grants`).send(sent).expect(422);
      expect(body.errors.map((e: { pointer: string }) => e.pointer)).toContain(pointer);
    });
    it('are in the ledger, newest first, page by page, and only in the own one', async () => {
      const dan = await app.register('Dan');
      for (let i = 1; i <= 4; i++)
        await asOperator()
          .post(`/operator/tenants/${dan.tenantId}/grants`)
          .send({ credits: `${i}`, reason: `gift ${i}` })
          .expect(201);
      const first = (await app.api(dan.token).get('/billing/ledger?limit=3').expect(200)).body;
      expect(first).toMatchObject({
        hasMore: true,
        data: [{ seq: 5, kind: 'grant', from: 'granted', to: 'available', amount: '4', reason: 'gift 4', jobId: null }, { seq: 4 }, { seq: 3 }],
      });
      const second = (await app.api(dan.token).get(`/billing/ledger?limit=3&cursor=${first.nextCursor}`).expect(200)).body;
      expect(second).toMatchObject({ hasMore: false, nextCursor: null, data: [{ seq: 2 }, { seq: 1, amount: '100' }] });
      await app.api(dan.token).get('/billing/ledger?cursor=nonsense').expect(422);
      expect((await asAda().get('/billing/ledger')).body.data.some((e: { reason: string }) => e.reason.startsWith('gift'))).toBe(false);
    });
  });

  describe('what the ledger does unasked', () => {
    it('a month that ended is renewed although nobody looked, and its end is in the ledger', async () => {
      const fay = await app.register('Fay');
      const tenantId = parseId('tnt', fay.tenantId);
      await app.api(fay.token).get('/billing/credits').expect(200);
      const past = `- interval '1 month 1 day'`;
      await app.db.sql(`UPDATE tenant_plan SET period_anchor = period_anchor ${past} WHERE tenant_id = $1`, [tenantId]);
      await app.db.sql(`UPDATE credit_grant SET expires_at = expires_at ${past} WHERE tenant_id = $1`, [tenantId]);
      await app.db.sql(`UPDATE wallet SET period_ends_at = period_ends_at ${past}, due_at = due_at ${past} WHERE tenant_id = $1`, [tenantId]);
      const care = app.nest.get(LedgerCare, { strict: false });
      await Promise.all([care.renew(), care.renew()]);
      const entries = await app.db.sql('SELECT kind, amount_milli FROM ledger_entry WHERE tenant_id = $1 ORDER BY seq', [tenantId]);
      expect(entries).toEqual([
        { kind: 'grant', amount_milli: '100000' },
        { kind: 'expire', amount_milli: '100000' },
        { kind: 'grant', amount_milli: '100000' },
      ]);
    });
    it('every entry ends up under a seal, and the published proofs find nothing', async () => {
      const proof = app.nest.get(LedgerProof, { strict: false });
      await proof.seal();
      const open = await app.db.sql(
        'SELECT tenant_id FROM wallet w WHERE entry_seq > (SELECT coalesce(max(to_seq), 0) FROM ledger_seal s WHERE s.tenant_id = w.tenant_id)',
      );
      expect(open).toEqual([]);
      for (const name of Object.keys(LEDGER_INVARIANTS)) expect(await proof.violations(name), name).toEqual([]);
    });
  });

  describe('price lists and rate cards', () => {
    it('the first list has the prices of the house', async () => {
      const { body } = await asOperator().get('/operator/price-lists').expect(200);
      expect(body.data).toMatchObject([
        {
          version: 1,
          current: true,
          image: { pixelsPerCredit: 262144, minimum: '1', increment: '0.5', stepsIncluded: 30, controlNet: '1', lora: '0.5' },
          units: { upscale_2: '2', upscale_4: '3', background_removal: '1' },
        },
      ]);
    });
    it('a new list prices new jobs at once; one announced for later does not; none begins in the past', async () => {
      const [{ image, units }] = (await asOperator().get('/operator/price-lists')).body.data;
      const announced = await asOperator()
        .post('/operator/price-lists')
        .send({ note: 'next year', image, units, effectiveFrom: '2099-01-01T00:00:00Z' })
        .expect(201);
      expect(announced.body).toMatchObject({ version: 2, current: false });
      const dearer = await asOperator()
        .post('/operator/price-lists')
        .send({ note: 'dearer', image: { ...image, minimum: '2' }, units })
        .expect(201);
      expect(dearer.body).toMatchObject({ version: 3, current: true, image: { minimum: '2' } });
      const { body } = await asOperator().get('/operator/price-lists');
      expect(body.data.map((l: { version: number; current: boolean }) => [l.version, l.current])).toEqual([
        [3, true],
        [2, false],
        [1, false],
      ]);
      await asOperator().post('/operator/price-lists').send({ note: 'too late', image, units, effectiveFrom: '2020-01-01T00:00:00Z' }).expect(422);
    });
    it('a list without a price is refused, naming all that is missing', async () => {
      const { body } = await asOperator()
        .post('/operator/price-lists')
        .send({ note: 'x', image: { pixelsPerCredit: 0 }, units: { upscale_2: 'free' } })
        .expect(422);
      expect(body.errors.map((e: { pointer: string }) => e.pointer)).toEqual(
        expect.arrayContaining(['/image/pixelsPerCredit', '/image/minimum', '/units/upscale_2', '/units/upscale_4']),
      );
    });
    it('a rate card has a version, and Spot costs 35 % of on demand until told otherwise', async () => {
      const { body } = await asOperator().get('/operator/rate-cards').expect(200);
      const rate = (gpuClass: string, capacity: string) =>
        body.data.find((c: { gpuClass: string; capacity: string }) => c.gpuClass === gpuClass && c.capacity === capacity).usdMicrosPerHour;
      expect([rate('A10G', 'on_demand'), rate('A10G', 'spot'), rate('CPU', 'on_demand'), rate('CPU', 'spot'), rate('H100', 'spot')]).toEqual([
        '1000000',
        '350000',
        '40000',
        '14000',
        '1400000',
      ]);
      const made = await asOperator()
        .post('/operator/rate-cards')
        .send({ gpuClass: 'A10G', capacity: 'spot', usdMicrosPerHour: '420000', effectiveFrom: '2099-01-01T00:00:00Z' })
        .expect(201);
      expect(made.body).toMatchObject({ gpuClass: 'A10G', capacity: 'spot', usdMicrosPerHour: '420000' });
      await asOperator()
        .post('/operator/rate-cards')
        .send({ gpuClass: 'A10G', capacity: 'spot', usdMicrosPerHour: '1', effectiveFrom: '2099-01-01T00:00:00Z' })
        .expect(409);
      await asOperator()
        .post('/operator/rate-cards')
        .send({ gpuClass: 'A10G', capacity: 'spot', usdMicrosPerHour: '1', effectiveFrom: '2020-01-01T00:00:00Z' })
        .expect(422);
      await asOperator()
        .post('/operator/rate-cards')
        .send({ gpuClass: '486', capacity: 'free', usdMicrosPerHour: '0.5' })
        .expect(422)
        .expect((r) => expect(r.body.errors).toHaveLength(3));
    });
  });
});
