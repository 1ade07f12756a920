import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Ledger } from '../../src/billing/ledger/index.js';
import { Pricing, quoteJson, type QuoteItem, type QuoteJson } from '../../src/billing/pricing/index.js';
import { Usage } from '../../src/billing/usage/index.js';
import { TenantTx } from '../../src/platform/database/index.js';
import { newId, parseId, typeId } from '../../src/platform/ids/index.js';
import { startApp, type Person, type TestApp } from '../support/app.js';

/** Far from anything else that ran: only what is put here is in it. */
const PERIOD = { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' };
const at = (day: number): string => `2026-03-${String(day).padStart(2, '0')}T12:00:00Z`;

describe('prices and margins', () => {
  let app: TestApp;
  let people: Person[];
  let list: { image: object; units: Record<string, string> };
  const asOperator = () => app.api(app.operator.token);

  /** A job of one attempt that was quoted by the current list, charged and ended on a day of the period. */
  const job = async (person: Person, item: QuoteItem, day: number, { share = 1n, external = 0n } = {}): Promise<void> => {
    const [tx, ledger, usage, pricing] = [TenantTx, Ledger, Usage, Pricing].map((token) => app.nest.get(token as never, { strict: false })) as [
      TenantTx,
      Ledger,
      Usage,
      Pricing,
    ];
    const tenantId = parseId('tnt', person.tenantId);
    const quote = pricing.quote(await pricing.current(), [item]);
    const jobId = newId();
    const dimensions = { operation: item.code, model: null, teamId: null, userId: parseId('usr', person.userId), keyId: null };
    await tx.run({ tenantId }, async (em) => {
      const [outcome] = await ledger.holdMany(em, tenantId, [{ holdId: newId(), jobId, amountMilli: quote.totalMilli, quote, dimensions }]);
      expect(outcome!.ok).toBe(true);
    });
    const attempt = {
      tenantId,
      jobId,
      taskId: newId(),
      attempt: 1,
      boxId: newId(),
      poolId: newId(),
      gpuClass: 'A10G' as const,
      capacity: 'on_demand' as const,
      outcome: 'done' as const,
      loadMs: 0,
      workMs: 36_000,
      wastedMs: 3_600,
      sharePpm: 1_000_000,
      startedAt: new Date(at(day)),
      endedAt: new Date(at(day)),
    };
    await tx.run({ tenantId }, async (em) => {
      await usage.recordAttempt(em, attempt);
      if (external > 0n) await usage.recordExternal(em, { ...attempt, taskId: newId() }, external, false);
      await ledger.settle(em, tenantId, jobId, quote.totalMilli / share, 'done');
    });
    await app.db.sql('UPDATE hold SET closed_at = $3 WHERE tenant_id = $1 AND job_id = $2', [tenantId, jobId, at(day)]);
  };
  const simulate = async (units: Record<string, string>, period: object = PERIOD) => {
    const draft = { ...period, note: 'dearer upscales', image: list.image, units: { ...list.units, ...units } };
    return (await asOperator().post('/operator/price-simulations').send(draft).expect(202)).body as { id: string };
  };
  const finished = async (id: string) => {
    for (let tries = 0; tries < 100; tries++) {
      const { body } = await asOperator().get(`/operator/price-simulations/${id}`).expect(200);
      if (body.state === 'done') return body;
      await sleep(100);
    }
    throw new Error('the simulation did not finish');
  };

  beforeAll(async () => {
    app = await startApp();
    people = await Promise.all(['Ada', 'Ben', 'Cleo'].map((name) => app.register(name)));
    await Promise.all(people.map((person) => app.setPlan(person.tenantId, 'pro')));
    list = (await asOperator().get('/operator/price-lists').expect(200)).body.data[0];
    const [ada, ben, cleo] = people as [Person, Person, Person];
    await job(ada, { code: 'upscale', factor: 4, images: 2 }, 1);
    await job(ada, { code: 'unit', unit: 'matte', quantity: 1 }, 31);
    await job(ben, { code: 'unit', unit: 'matte', quantity: 10 }, 2, { external: 5_000n });
    await job(ben, { code: 'upscale', factor: 4, images: 4 }, 3, { share: 4n });
    await job(cleo, { code: 'background_removal', images: 3 }, 4);
  });
  afterAll(() => app.close());

  it('a draft is replayed over a past period: credits, margin, who wins and who loses', async () => {
    const { id } = await simulate({ upscale_4: '6', matte: '0.5' });
    const result = await finished(id);
    expect(result).toMatchObject({
      state: 'done',
      progress: 1,
      jobs: 5,
      unpriced: 0,
      before: { credits: '23', revenueMicros: '460000' },
      after: { credits: '26.5', revenueMicros: '530000' },
      // Five attempts of 36 s of work and 3.6 s of waste at $1 an hour, and one call.
      costMicros: '60000',
      scheduledVersion: null,
    });
    expect(result.after.marginMicros).toBe('470000');
    expect(result.losers).toEqual([{ tenantId: people[0]!.tenantId, name: expect.any(String), jobs: 2, before: '7', after: '12.5' }]);
    expect(result.winners).toEqual([{ tenantId: people[1]!.tenantId, name: expect.any(String), jobs: 2, before: '13', after: '11' }]);
  });
  it('the prices of the time bring what was charged, to the last milli-credit', async () => {
    const { id } = await simulate({});
    const { before, after, winners, losers } = await finished(id);
    expect(after).toEqual(before);
    expect([winners, losers]).toEqual([[], []]);
  });
  it('is scheduled once, also by six operators at once, and becomes the announced list', async () => {
    const { id } = await simulate({ upscale_4: '4' });
    await finished(id);
    const body = { effectiveFrom: '2999-01-01T00:00:00Z' };
    const answers = await Promise.all(Array.from({ length: 6 }, () => asOperator().patch(`/operator/price-simulations/${id}`).send(body)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409, 409, 409]);
    const { scheduledVersion } = answers.find(({ status }) => status === 200)!.body;
    const lists = (await asOperator().get('/operator/price-lists').expect(200)).body.data;
    expect(lists[0]).toMatchObject({ version: scheduledVersion, current: false, note: 'dearer upscales', units: { ...list.units, upscale_4: '4' } });
  });
  it('is not scheduled into the past', async () => {
    const { id } = await simulate({});
    await finished(id);
    await asOperator().patch(`/operator/price-simulations/${id}`).send({ effectiveFrom: '2020-01-01T00:00:00Z' }).expect(422);
    expect((await finished(id)).scheduledVersion).toBeNull();
  });
  it('refuses periods that are empty or not over, and names every fault of a draft at once', async () => {
    const fault = async (body: object) =>
      (await asOperator().post('/operator/price-simulations').send(body).expect(422)).body.errors.map((e: { pointer: string }) => e.pointer);
    const draft = { note: 'x', image: list.image, units: list.units };
    expect(await fault({ ...draft, from: PERIOD.to, to: PERIOD.from })).toEqual(['/to']);
    expect(await fault({ ...draft, from: PERIOD.from, to: '2999-01-01T00:00:00Z' })).toEqual(['/to']);
    expect(await fault({ from: 'yesterday', to: '2026-04-01T00:00:00', note: '', image: list.image, units: { ...list.units, matte: '-1' } })).toEqual(
      expect.arrayContaining(['/from', '/to', '/note', '/units/matte']),
    );
    await asOperator()
      .get(`/operator/price-simulations/${typeId('sim', newId())}`)
      .expect(404);
  });
  it('lists simulations, newest first, page by page', async () => {
    const first = (await asOperator().get('/operator/price-simulations?limit=1').expect(200)).body;
    const second = (await asOperator().get(`/operator/price-simulations?limit=1&cursor=${first.nextCursor}`).expect(200)).body;
    expect(first.data[0].createdAt > second.data[0].createdAt).toBe(true);
  });

  it('margins: revenue less cost less what the house absorbed; the rows of every grouping add up to the totals', async () => {
    const range = 'from=2026-03-01&to=2026-03-31';
    for (const by of ['tenant', 'operation', 'model', 'class', 'job']) {
      const { data, totals, omitted } = (await asOperator().get(`/operator/margins?${range}&groupBy=${by}`).expect(200)).body;
      expect(totals, by).toEqual({
        jobs: 5,
        credits: '23',
        revenueMicros: '460000',
        costMicros: '55000',
        externalMicros: '5000',
        absorbedMicros: '5000',
        marginMicros: '400000',
        overheadMicros: '0',
        fullMarginMicros: '400000',
      });
      const sum = (field: string): string => String(data.reduce((total: bigint, row: Record<string, string>) => total + BigInt(row[field]!), 0n));
      for (const field of ['revenueMicros', 'costMicros', 'externalMicros', 'absorbedMicros', 'marginMicros'])
        expect(sum(field), `${by} ${field}`).toBe(totals[field]);
      expect(omitted).toBe(0);
    }
    const one = (await asOperator().get(`/operator/margins?${range}&limit=1`).expect(200)).body;
    expect(one).toMatchObject({ data: [{ key: people[1]!.tenantId, credits: '13' }], totals: { credits: '23' }, omitted: 2 });
    await app.api(people[0]!.token).get('/operator/margins').expect(403);
  });

  it('the reconciliation shows every rule of every room, and the hold whose job is gone', async () => {
    const tenantId = parseId('tnt', people[0]!.tenantId);
    const [ledger, pricing] = [app.nest.get(Ledger, { strict: false }), app.nest.get(Pricing, { strict: false })];
    const quote = pricing.quote(await pricing.current(), [{ code: 'unit', unit: 'matte', quantity: 1 }]);
    const dimensions = { operation: 'unit', model: null, teamId: null, userId: parseId('usr', people[0]!.userId), keyId: null };
    const jobId = newId();
    const hold = { holdId: newId(), jobId, amountMilli: quote.totalMilli, quote, dimensions };
    await app.nest.get(TenantTx).run({ tenantId }, (em) => ledger.holdMany(em, tenantId, [hold]));
    await app.api(people[0]!.token).get('/operator/reconciliation').expect(403);
    const { rules, books, drift } = (await asOperator().get('/operator/reconciliation').expect(200)).body;
    const named = (part: string) => rules.filter(({ name }: { name: string }) => name.includes(part));
    expect(named('every open hold has its living job')).toEqual([{ name: expect.any(String), drift: 1, first: expect.stringContaining(jobId) }]);
    expect(named('ledger.').length).toBeGreaterThan(10);
    for (const rule of named('ledger.')) expect(rule).toMatchObject({ drift: 0, first: null });
    expect(drift).toBe(rules.reduce((sum: number, rule: { drift: number }) => sum + rule.drift, 0));
    expect(books).toMatchObject({ tenants: expect.any(Number), held: '1' });
    await app.nest.get(TenantTx).run({ tenantId }, (em) => ledger.void(em, tenantId, jobId, 'platform'));
  });

  it('a charge is explained byte for byte the same after prices and rates have changed, and its quote comes out again from what was stored', async () => {
    const api = app.api(people[2]!.token);
    const id = (await api.post('/generate/txt2img').send({ prompt: 'a lighthouse', width: 768, height: 640, steps: 41 }).expect(202)).body.id as string;
    await api.delete(`/jobs/${id}`).expect(202);
    const explain = async (): Promise<string> => (await api.get(`/jobs/${id}/explain`).expect(200)).text;
    const before = await explain();
    const image = { ...list.image, pixelsPerCredit: 100_000, stepsIncluded: 7 };
    await asOperator().post('/operator/price-lists').send({ note: 'dearer pictures', image, units: list.units }).expect(201);
    await asOperator().post('/operator/rate-cards').send({ gpuClass: 'CPU', capacity: 'on_demand', usdMicrosPerHour: '990000' }).expect(201);
    expect(await explain()).toBe(before);
    const pricing = app.nest.get(Pricing, { strict: false });
    const [stored] = await app.db.sql<{ quote: QuoteJson }>('SELECT quote FROM hold WHERE job_id = $1', [parseId('job', id)]);
    const { priceListVersion, items } = stored!.quote;
    expect(quoteJson(pricing.quote(await pricing.version(priceListVersion), items))).toEqual(stored!.quote);
    expect(quoteJson(pricing.quote(await pricing.current(), items)).totalMilli).not.toBe(stored!.quote.totalMilli);
  });
});
