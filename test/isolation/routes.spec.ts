import { createHash } from 'node:crypto';
import { ModulesContainer } from '@nestjs/core';
import sharp from 'sharp';
import type supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listRoutes } from '../../src/platform/http/index.js';
import { newId, parseId, typeId } from '../../src/platform/ids/index.js';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { PROBES, STREAMS, type Belongings } from './probes.js';

const CANARY = 'canarywren';
/** Tables that change by themselves, whoever asks: counters of the house, not belongings of a tenant. */
const VOLATILE = new Set([
  'outbox',
  'audit_entry',
  'audit_head',
  'ledger_entry',
  'ledger_seal',
  'session',
  'task',
  'lane',
  'wallet',
  'job',
  'job_event',
  'idempotency_key',
  'api_key',
  'export',
  'usage_pending',
  'usage_slot',
]);

/** Every route that Nest mapped, as `METHOD /path`. */
const routesOf = (app: TestApp): string[] => [...new Set(listRoutes(app.nest.get(ModulesContainer)).map(({ method, path }) => `${method} ${path}`))];

/** A model that is there, as an import makes it. */
async function modelOf(app: TestApp, person: Person): Promise<string> {
  const [tenantId, id, version] = [parseId('tnt', person.tenantId), newId(), newId()];
  await app.db.sql(`INSERT INTO model (tenant_id, id, owner_id, slug, name, type, base) VALUES ($1, $2, $3, 'own/${CANARY}', '${CANARY}', 'lora', 'sd15')`, [
    tenantId,
    id,
    parseId('usr', person.userId),
  ]);
  await app.db.sql(
    `INSERT INTO model_version (tenant_id, id, model_id, number, changelog, filename, digest, bytes, format, storage_key, passport, rules, checks, checked_at, created_by)
     VALUES ($1, $2, $3, 1, '${CANARY}', '${CANARY}.safetensors', repeat('a', 64), 10, 'safetensors', 'weights/${CANARY}', '${CANARY}', 1, '{}', now(), $4)`,
    [tenantId, version, id, parseId('usr', person.userId)],
  );
  return typeId('mdl', id);
}

/** An endpoint for webhooks, and a delivery to it that failed. */
async function webhookOf(app: TestApp, person: Person): Promise<{ webhookId: string; deliveryId: string }> {
  const made = await app
    .api(person.token)
    .post('/tenant/webhooks')
    .send({ url: `https://${CANARY}.example/`, description: CANARY, eventTypes: ['invoice.payment_failed'] })
    .expect(201);
  const [tenantId, webhook, message, delivery] = [parseId('tnt', person.tenantId), parseId('whk', made.body.id), newId(), newId()];
  await app.db.sql(`INSERT INTO webhook_message (tenant_id, id, type, body) VALUES ($1, $2, 'export.ready', '${CANARY}')`, [tenantId, message]);
  await app.db.sql(
    `INSERT INTO webhook_delivery (tenant_id, id, endpoint_id, message_id, status, error, finished_at) VALUES ($1, $2, $3, $4, 'failed', '${CANARY}', now())`,
    [tenantId, delivery, webhook, message],
  );
  await app.db.sql(`INSERT INTO webhook_attempt (tenant_id, delivery_id, number, at, latency_ms, response) VALUES ($1, $2, 1, now(), 1, '${CANARY}')`, [
    tenantId,
    delivery,
  ]);
  return { webhookId: made.body.id as string, deliveryId: typeId('dlv', delivery) };
}

/** A purchase that nobody has paid for, as the payment service would know it. */
async function purchaseOf(app: TestApp, person: Person): Promise<string> {
  const id = newId();
  await app.db.sql(
    `INSERT INTO credit_purchase (tenant_id, id, source, pack, credits_milli, price_micros, session_id, made_by) VALUES ($1, $2, 'checkout', '500', 500000, 10000000, $3, $4)`,
    [parseId('tnt', person.tenantId), id, `cs_${CANARY}`, parseId('usr', person.userId)],
  );
  return typeId('pur', id);
}

describe('every route', () => {
  let app: TestApp;
  let ada: Person;
  let b: Belongings;
  let secrets: string[];

  beforeAll(async () => {
    app = await startApp();
    ada = await app.register('Ada');
    const bob = await app.register(`Bob ${CANARY}`);
    await app.setPlan(ada.tenantId, 'pro');
    await app.setPlan(bob.tenantId, 'pro');
    const api = app.api(bob.token);
    const picture = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#123456' } })
      .png()
      .toBuffer();
    const asset = await api.post('/assets').attach('file', picture, `${CANARY}.png`).expect(201);
    const job = await api
      .post('/generate/txt2img')
      .send({ prompt: `a ${CANARY} on a branch`, width: 64, height: 64, steps: 1 })
      .expect(202);
    const key = await api
      .post('/api-keys')
      .send({ name: `${CANARY} key`, scopes: ['job:read'] })
      .expect(201);
    const upload = await api
      .post('/uploads')
      .send({ filename: `${CANARY}.png`, size: picture.length, contentType: 'image/png', purpose: 'input' })
      .expect(201);
    const sessions = await api.get('/users/me/sessions').expect(200);
    await app.setPlan(bob.tenantId, 'pro');
    const begun = await api
      .post('/models/upload')
      .send({ filename: `${CANARY}.safetensors`, size: 10, name: `${CANARY} model` })
      .expect(201);
    const file = await api.post('/exports').send({ format: 'csv', from: '2026-01-01', to: '2026-01-31' }).expect(202);
    const schedule = await api.post('/exports/schedules').send({ format: 'csv', every: 'day' }).expect(201);
    const budget = await api
      .post('/budgets')
      .send({ name: `${CANARY} budget`, scope: 'tenant', period: 'month', limit: '4000' })
      .expect(201);
    const increase = await api
      .post(`/budgets/${budget.body.id}/increases`)
      .send({ credits: '1', reason: `${CANARY} wants more` })
      .expect(201);
    b = {
      ...{ person: bob, jobId: job.body.id, assetId: asset.body.id, keyId: key.body.id, sessionId: sessions.body.data[0].id, uploadId: upload.body.uploadId },
      ...{ importId: begun.body.id, exportId: file.body.id, scheduleId: schedule.body.id, modelId: await modelOf(app, bob), ...(await webhookOf(app, bob)) },
      ...{ budgetId: budget.body.id, increaseId: increase.body.id },
      ...{ purchaseId: await purchaseOf(app, bob) },
    };
    secrets = [CANARY, bob.email];
  });
  afterAll(() => app.close());

  const send = (token: string | undefined, method: string, path: string, body?: object): supertest.Test => {
    const root = path.startsWith('/health') || path === '/metrics';
    const agent = root ? app.api(token) : app.api(token);
    const verb = method.toLowerCase() as 'get';
    const request = root ? agent[verb](`/../..${path}`) : agent[verb](path);
    return body ? request.send(body) : request;
  };
  const expectNothingOfBob = (answer: supertest.Response, name: string): void => {
    const seen = `${JSON.stringify(answer.headers)}\n${answer.text ?? ''}`;
    for (const secret of secrets) expect(seen.toLowerCase().includes(secret), `${name} shows ${secret}: ${seen.slice(0, 500)}`).toBe(false);
  };
  /** A digest per table of what belongs to B. */
  const rowsOfBob = async (): Promise<Record<string, string>> => {
    const tables = await app.db.sql<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'atelier' AND column_name = 'tenant_id' ORDER BY 1`,
    );
    const tenant = (
      await app.db.sql<{ id: string }>('SELECT tenant_id AS id FROM membership m JOIN user_account u ON u.id = m.user_id WHERE u.email = $1', [b.person.email])
    )[0]!.id;
    const digest = (rows: object[]): string => createHash('sha256').update(JSON.stringify(rows)).digest('hex').slice(0, 12);
    const found: Record<string, string> = {};
    for (const { name } of tables.filter((table) => !VOLATILE.has(table.name))) {
      found[name] = digest(await app.db.sql(`SELECT to_jsonb(t) AS row FROM "${name}" t WHERE tenant_id = $1 ORDER BY to_jsonb(t)::text`, [tenant]));
    }
    found.job = digest(await app.db.sql('SELECT cancel_requested_at, visibility FROM job WHERE tenant_id = $1', [tenant]));
    found.api_key = digest(await app.db.sql('SELECT name, scopes, revoked_at FROM api_key WHERE tenant_id = $1', [tenant]));
    return found;
  };

  it('has a cross-tenant probe, and no probe is without its route', () => {
    const routes = routesOf(app);
    expect(routes.length).toBeGreaterThan(60);
    const known = [...Object.keys(PROBES), ...STREAMS];
    expect(
      routes.filter((route) => !known.includes(route)),
      'write a probe for these in test/isolation/probes.ts',
    ).toEqual([]);
    expect(
      known.filter((route) => !routes.includes(route)),
      'these routes are gone; delete their probes',
    ).toEqual([]);
  });

  describe.each(Object.entries(PROBES))('%s', (name, probe) => {
    const [method = '', route = ''] = name.split(' ');

    it(`is safe as "${probe.kind}"`, async () => {
      // Signing out and revoking sessions are done by a person of their own, so that the others stay signed in.
      const asker = /logout|sessions$/.test(route) && method !== 'GET' ? await app.register('Visitor') : ada;
      const before = await rowsOfBob();
      const path = typeof probe.path === 'string' ? probe.path : probe.path(b);
      const body = 'body' in probe ? (typeof probe.body === 'function' ? probe.body(b) : probe.body) : undefined;
      const token = probe.kind === 'public' ? undefined : asker.token;
      const answer = await send(token, method, path, body).redirects(0);
      if (probe.kind === 'foreign' || probe.kind === 'secret') expect(answer.status, answer.text).toBe(404);
      if (probe.kind === 'body') expect([404, 422], answer.text).toContain(answer.status);
      if (probe.kind === 'own') expect(answer.status, answer.text).toBeLessThan(500);
      if (probe.kind === 'own' && route !== '/assets') expect(answer.status, answer.text).toBeLessThan(300);
      if (probe.kind === 'off') expect([answer.status, answer.body.code], answer.text).toEqual([503, 'billing_off']);
      if (probe.kind === 'operator') expect(answer.status, answer.text).toBe(403);
      if (probe.kind === 'box') expect(answer.status, answer.text).toBe(401);
      if (probe.kind === 'public') expect(answer.status, answer.text).toBeLessThan(500);
      expectNothingOfBob(answer, name);
      expect(await rowsOfBob(), `${name} changed a row of another tenant`).toEqual(before);
    });

    if (probe.kind !== 'public' && probe.kind !== 'box' && probe.kind !== 'secret') {
      it('refuses a caller without a credential', async () => {
        const path = typeof probe.path === 'string' ? probe.path : probe.path(b);
        const answer = await send(undefined, method, path, {}).redirects(0);
        expect(answer.status, answer.text).toBe(401);
        expectNothingOfBob(answer, name);
      });
      it('does not let X-Tenant choose a tenant the caller is no member of', async () => {
        const path = typeof probe.path === 'string' ? probe.path : probe.path(b);
        const answer = await send(ada.token, method, path, method === 'GET' ? undefined : {})
          .set('x-tenant', b.person.tenantId)
          .redirects(0);
        expect([404, 403], answer.text).toContain(answer.status);
        expectNothingOfBob(answer, name);
      });
    }
  });
});
