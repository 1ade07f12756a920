import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BudgetAlerts } from '../../src/billing/budgets/index.js';
import { LEDGER_INVARIANTS, Ledger } from '../../src/billing/ledger/index.js';
import { TenantTx } from '../../src/platform/database/index.js';
import { newId, parseId, typeId } from '../../src/platform/ids/index.js';
import { eventually, join } from '../accounts/people.js';
import { startApp, type Person, type TestApp } from '../support/app.js';

describe('budgets over HTTP', () => {
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
  const picture = { prompt: 'a quiet harbour', width: 512, height: 512, steps: 10 };
  const make = (person: Person, body: object) =>
    app
      .api(person.token)
      .post('/budgets')
      .send({ scope: 'tenant', period: 'month', ...body });
  const settle = async (person: Person, jobId: string, chargeMilli: bigint): Promise<void> => {
    const tenantId = parseId('tnt', person.tenantId);
    await app.nest.get(TenantTx).run({ tenantId }, (em) => app.nest.get(Ledger).settle(em, tenantId, parseId('job', jobId), chargeMilli, 'done'));
  };

  it('a hard budget refuses the job that does not fit, and says which, how much, until when and who can raise it', async () => {
    const made = await make(ada, { name: 'Pictures', limit: '2.5', period: 'day' }).expect(201);
    expect(made.body).toMatchObject({
      scope: 'tenant',
      subjectId: null,
      mode: 'hard',
      limit: '2.5',
      limitMicros: null,
      thresholds: [50, 80, 100],
      current: { spent: '0', left: '2.5', timeZone: 'UTC' },
    });
    for (let i = 0; i < 2; i++) await app.api(ada.token).post('/generate/txt2img').send(picture).expect(202);
    const { body } = await app.api(ada.token).post('/generate/txt2img').send(picture).expect(402);
    expect(body).toMatchObject({
      code: 'budget_exceeded',
      limitSource: 'budget',
      estimate: '1',
      available: '0.5',
      budget: {
        id: made.body.id,
        name: 'Pictures',
        limit: '2.5',
        spent: '0',
        held: '2',
        resetsAt: made.body.current.endsAt,
        raisedBy: ['owner', 'admin', 'billing'],
      },
    });
    expect(body.detail).toMatch(/“Pictures”.*2\.5 credits a day.*begins anew on.*raise it/);
    expect((await app.api(ada.token).get('/jobs')).body.data).toHaveLength(2);
    // Raised, it lets the job in; deleted, it refuses nothing and is not there any more.
    await app.api(ada.token).patch(`/budgets/${made.body.id}`).send({ limit: '3' }).expect(200);
    await app.api(ada.token).post('/generate/txt2img').send(picture).expect(202);
    await app.api(ada.token).post('/generate/txt2img').send(picture).expect(402);
    await app.api(ada.token).delete(`/budgets/${made.body.id}`).expect(204);
    await app.api(ada.token).delete(`/budgets/${made.body.id}`).expect(404);
    await app.api(ada.token).post('/generate/txt2img').send(picture).expect(202);
  });

  it('every fault of a budget is named at once', async () => {
    const { body } = await make(ada, { scope: 'planet', period: 'year', limit: '-1', thresholds: [0, 101], mode: 'firm', name: '' }).expect(422);
    expect(body.errors.map((e: { pointer: string }) => e.pointer)).toEqual(
      expect.arrayContaining(['/scope', '/period', '/limit', '/thresholds', '/mode', '/name']),
    );
    const both = await make(ada, { scope: 'user', subjectId: typeId('usr', newId()), limit: '1', limitMicros: '20000' }).expect(422);
    expect(both.body.errors.map((e: { code: string }) => e.code)).toEqual(['one_of_two', 'not_found']);
    for (const limit of ['NaN', '1e9', '0', '0.0001', '99999999999999', 5]) await make(ada, { limit }).expect(422);
    await make(ada, { scope: 'tenant', subjectId: ada.userId, limit: '1' }).expect(422);
    await make(ada, { scope: 'key', limit: '1' }).expect(422);
    // No job belongs to a team yet: such a budget would refuse nothing.
    const team = await make(ada, { scope: 'team', subjectId: typeId('team', newId()), limit: '1' }).expect(422);
    expect(team.body.errors).toMatchObject([{ pointer: '/scope', code: 'teams_not_there' }]);
  });

  it('a zone that nobody knows is refused, and the tenant’s own decides when the period ends', async () => {
    const bob = await app.register('Bob');
    await app.api(bob.token).patch('/tenant').send({ timeZone: 'Mars/Olympus' }).expect(422);
    await app.api(bob.token).patch('/tenant').send({ timeZone: 'Asia/Kolkata' }).expect(200);
    const { body } = await make(bob, { limitMicros: '25000', period: 'day', mode: 'soft' }).expect(201);
    expect(body).toMatchObject({ limit: '1.25', limitMicros: '25000', mode: 'soft', current: { timeZone: 'Asia/Kolkata' } });
    expect(body.current.endsAt).toMatch(/T18:30:00\.000Z$/);
  });

  it('a budget in dollars is cut at what a credit is worth by the contract of then', async () => {
    const cleo = await app.register('Cleo');
    const contract = (body: object) =>
      app
        .api(app.operator.token)
        .post(`/operator/tenants/${cleo.tenantId}/plan`)
        .send({ plan: 'enterprise', ...body });
    expect((await contract({ creditMicros: '16000' }).expect(200)).body).toMatchObject({ plan: 'enterprise', creditMicros: '16000' });
    const { body: budget } = await make(cleo, { limitMicros: '1000000', mode: 'soft' }).expect(201);
    expect(budget).toMatchObject({ limit: '62.5', limitMicros: '1000000' });
    expect((await contract({ creditMicros: null }).expect(200)).body).toMatchObject({ creditMicros: '20000' });
    expect((await app.api(cleo.token).get(`/budgets/${budget.id}`).expect(200)).body.limit).toBe('62.5');
    expect((await app.api(cleo.token).patch(`/budgets/${budget.id}`).send({ limitMicros: '1000000' }).expect(200)).body.limit).toBe('50');
    for (const creditMicros of ['0', '-1', '1.5', 'much', 16000]) await contract({ creditMicros }).expect(422);
  });

  it('each threshold is told once, by mail, event and list, within ten seconds, whoever else looks', async () => {
    const eve = await app.register('Eve');
    const { body: budget } = await make(eve, { limit: '2', name: 'Small', mode: 'soft', forecast: false }).expect(201);
    const jobs = await Promise.all([1, 2].map(() => app.api(eve.token).post('/generate/txt2img').send(picture).expect(202)));
    await Promise.all(jobs.map(({ body }) => settle(eve, body.id, 1000n)));
    await Promise.all(Array.from({ length: 4 }, () => app.nest.get(BudgetAlerts).raise()));
    const { data } = await eventually(
      async () => (await app.api(eve.token).get('/budgets/alerts').expect(200)).body as { data: { threshold: string; budgetId: string }[] },
      (found) => found.data.length === 3,
      10_000,
    );
    expect(data.map(({ threshold }) => threshold).toSorted()).toEqual(['100', '50', '80']);
    expect(data[0]).toMatchObject({ budgetId: budget.id, budgetName: 'Small', spent: '2', limit: '2' });
    const mails = await app.db.sql<{ subject: string }>(`SELECT subject FROM mail_message WHERE tenant_id = $1 AND subject LIKE '%Small%' ORDER BY subject`, [
      parseId('tnt', eve.tenantId),
    ]);
    expect(mails.map(({ subject }) => subject)).toEqual([
      'The budget “Small” is 100 % spent',
      'The budget “Small” is 50 % spent',
      'The budget “Small” is 80 % spent',
    ]);
    const history = await app.api(eve.token).get(`/budgets/${budget.id}/history`).expect(200);
    expect(history.body.data).toMatchObject([{ spent: '2', held: '0' }]);
  });

  it('a member sees what bounds them, asks for more, and has it once an owner approves, until the period ends', async () => {
    const [owner, member] = [await app.register('Olga'), await app.register('Mika')];
    await join(app, member, owner.tenantId, 'member');
    const asMember = () => app.api(member.token).set('x-tenant', owner.tenantId);
    const { body: mine } = await make(owner, { scope: 'user', subjectId: member.userId, limit: '1', name: 'Mika' }).expect(201);
    const { body: other } = await make(owner, { scope: 'user', subjectId: owner.userId, limit: '1' }).expect(201);
    expect(mine.subjectName).toBe('Mika');
    expect((await asMember().get('/budgets').expect(200)).body.data.map(({ id }: { id: string }) => id)).toEqual([mine.id]);
    await asMember().get(`/budgets/${other.id}`).expect(404);
    await asMember().post('/budgets').send({ scope: 'tenant', period: 'day', limit: '1' }).expect(403);
    await asMember().post('/generate/txt2img').send(picture).expect(202);
    await asMember().post('/generate/txt2img').send(picture).expect(402);
    const { body: asked } = await asMember().post(`/budgets/${mine.id}/increases`).send({ credits: '1', reason: 'The fair is on Friday.' }).expect(201);
    await asMember()
      .post(`/budgets/${mine.id}/increases`)
      .send({ credits: '1', reason: 'again' })
      .expect(409)
      .expect((r) => expect(r.body.code).toBe('increase_pending'));
    await asMember().post(`/budgets/increases/${asked.id}/decision`).send({ approved: true }).expect(403);
    const decisions = await Promise.all(
      Array.from({ length: 4 }, () => app.api(owner.token).post(`/budgets/increases/${asked.id}/decision`).send({ approved: true })),
    );
    expect(decisions.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409]);
    expect((await app.api(owner.token).get(`/budgets/${mine.id}`)).body.current).toMatchObject({ raised: '1', left: '1' });
    await asMember().post('/generate/txt2img').send(picture).expect(202);
    await asMember().post('/generate/txt2img').send(picture).expect(402);
    expect((await asMember().get('/budgets/increases').expect(200)).body.data).toMatchObject([{ state: 'approved', askedByName: 'Mika', credits: '1' }]);
    const { body: own } = await app.api(owner.token).post(`/budgets/${other.id}/increases`).send({ credits: '1', reason: 'For myself.' }).expect(201);
    const refused = await app.api(owner.token).post(`/budgets/increases/${own.id}/decision`).send({ approved: true }).expect(409);
    expect(refused.body.code).toBe('own_request');
    expect((await app.api(owner.token).get(`/budgets/${other.id}`)).body.current.raised).toBe('0');
    const audit = (await app.api(owner.token).get('/tenant/audit?action=budget.')).body.data.map(({ action }: { action: string }) => action);
    expect(audit).toEqual(['budget.increase_asked', 'budget.increase_approved', 'budget.increase_asked', 'budget.created', 'budget.created']);
  });

  it('rehearses on the past what a budget would have refused, and writes nothing', async () => {
    const pat = await app.register('Pat');
    for (let i = 0; i < 3; i++) {
      const { body } = await app.api(pat.token).post('/generate/txt2img').send(picture).expect(202);
      await settle(pat, body.id, 1000n);
    }
    const from = new Date(Date.now() - 3_600_000).toISOString();
    const to = new Date(Date.now() + 3_600_000).toISOString();
    const { body } = await app.api(pat.token).post('/budgets/rehearsals').send({ scope: 'tenant', period: 'month', limit: '2', from, to }).expect(200);
    expect(body).toMatchObject({ jobs: 3, refusedJobs: 1, refused: '1', limit: '2', timeZone: 'UTC' });
    expect((await app.api(pat.token).post('/budgets/rehearsals').send({ scope: 'tenant', period: 'day', limit: '2' }).expect(200)).body.jobs).toBe(0);
    await app.api(pat.token).post('/budgets/rehearsals').send({ scope: 'tenant', period: 'day', limit: '2', from: to, to: from }).expect(422);
    expect((await app.api(pat.token).get('/budgets')).body.data).toEqual([]);
  });
});
