import { createHmac, timingSafeEqual } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebhookOutcomes } from '../../src/accounts/webhooks/webhook-outcomes.service.js';
import { Ledger, LowBalance } from '../../src/billing/ledger/index.js';
import { systemCtx } from '../../src/platform/context/index.js';
import { TenantTx } from '../../src/platform/database/index.js';
import { newId, parseId } from '../../src/platform/ids/index.js';
import { Outbox, type News } from '../../src/platform/outbox/index.js';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { eventually, join as joinTenant } from './people.js';

interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}
interface Hook {
  id: string;
  secret: string;
}
interface Story {
  id: string;
  eventId: string;
  type: string;
  status: string;
  attempts: number;
  error: string | null;
  lastStatusCode: number | null;
  nextAttemptAt: string | null;
  body: string;
  attemptLog: { number: number; statusCode: number | null; response: string | null; error: string | null; latencyMs: number }[];
}

/** What two processes of one installation share: the secret that seals others. */
const home = mkdtempSync(join(tmpdir(), 'atelier-webhooks-'));
let app: TestApp;
let ada: Person;
let server: Server;
let address: string;
let received: Received[] = [];
let answer: (response: ServerResponse, request: Received) => void;

beforeAll(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const got = { path: request.url!, headers: request.headers, body: Buffer.concat(parts).toString() };
      received.push(got);
      answer(response, got);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  address = `http://127.0.0.1:${port}`;
  app = await startApp({ SAFE_FETCH_ALLOW_HTTP: 'true', SAFE_FETCH_TRUSTED: `127.0.0.1:${port}`, ATELIER_WEBHOOK_TIMEOUT_MS: '700' }, { home });
  ada = await app.register();
  await app.setPlan(ada.tenantId, 'pro');
});
beforeEach(async () => {
  answer = (response) => response.end('thanks');
  await app.db.sql('DELETE FROM webhook_endpoint');
  received = [];
});
afterAll(async () => {
  await app?.close();
  rmSync(home, { recursive: true, force: true });
  server.closeAllConnections();
  server.close();
});

const api = (person: Person = ada) => app.api(person.token);
const make = async (wish: object = {}, person: Person = ada): Promise<Hook> => {
  const made = await api(person)
    .post('/tenant/webhooks')
    .send({ url: `${address}/hook`, eventTypes: ['*'], ...wish });
  expect(made.status, made.text).toBe(201);
  return made.body as Hook;
};
const emit = (news: News, tenantId = ada.tenantId): Promise<void> => {
  const tenant = parseId('tnt', tenantId);
  return app.nest.get(TenantTx).run(systemCtx(tenant, 'test'), (em) => app.nest.get(Outbox).emitMany(em, tenant, [news]));
};
const jobEnded = (status: 'succeeded' | 'failed' | 'canceled' = 'succeeded') => emit({ topic: 'job.finished', payload: { jobId: newId(), status } });
const deliveries = async (hook: Hook): Promise<Story[]> => (await api().get(`/tenant/webhooks/${hook.id}/deliveries?limit=100`)).body.data as Story[];
const storyOf = async (hook: Hook, id: string): Promise<Story> => (await api().get(`/tenant/webhooks/${hook.id}/deliveries/${id}`)).body as Story;
const test = async (hook: Hook): Promise<Story> => {
  const sent = await api().post(`/tenant/webhooks/${hook.id}/test`).send();
  expect(sent.status, sent.text).toBe(202);
  return sent.body as Story;
};
/** Sends a test and waits until its first attempt is in the log. */
const tried = async (hook: Hook): Promise<Story> => {
  const { id } = await test(hook);
  return eventually(
    () => storyOf(hook, id),
    (story) => story.attemptLog.length > 0,
  );
};
/** As a receiver checks it, by the specification and not by our code. */
const genuine = ({ headers, body }: Received, secret: string): boolean => {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const wanted = createHmac('sha256', key)
    .update(`${headers['webhook-id'] as string}.${headers['webhook-timestamp'] as string}.${body}`)
    .digest();
  return (headers['webhook-signature'] as string).split(' ').some((part) => {
    const [version, value] = part.split(',');
    const given = Buffer.from(value!, 'base64');
    return version === 'v1' && given.length === wanted.length && timingSafeEqual(given, wanted);
  });
};

describe('an endpoint', () => {
  it('shows its secret once, and nowhere in the database is it in clear', async () => {
    const hook = await make();
    expect(hook.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect((await api().get(`/tenant/webhooks/${hook.id}`)).text).not.toContain('whsec_');
    for (const table of ['webhook_endpoint', 'audit_entry', 'idempotency_key'])
      expect(JSON.stringify(await app.db.sql(`SELECT row_to_json(t)::text AS row FROM ${table} t`)), table).not.toContain(hook.secret.slice(6));
  });

  it('of another tenant is 404, and its people need the right to it', async () => {
    const hook = await make();
    const bob = await app.register('Bob');
    for (const path of ['', '/deliveries']) expect((await api(bob).get(`/tenant/webhooks/${hook.id}${path}`)).status).toBe(404);
    for (const path of ['test', 'rotate']) expect((await api(bob).post(`/tenant/webhooks/${hook.id}/${path}`).send({})).status).toBe(404);
    const cleo = await app.register('Cleo');
    await joinTenant(app, cleo, ada.tenantId, 'member');
    const refused = await api(cleo).get('/tenant/webhooks').set('x-tenant', ada.tenantId);
    expect([refused.status, refused.body.code]).toEqual([403, 'permission_denied']);
  });

  it('is open to a key with the scope, and to no other key', async () => {
    const key = async (scopes: string[]) => (await api().post('/api-keys').send({ name: 'k', scopes })).body.key as string;
    expect((await app.api(await key(['webhook:read'])).get('/tenant/webhooks')).status).toBe(200);
    expect((await app.api(await key(['job:read'])).get('/tenant/webhooks')).status).toBe(403);
  });

  it.each(['https://127.0.0.1/', 'https://10.1.2.3/hook', 'https://169.254.169.254/latest', 'https://[::1]/', 'https://2130706433/', 'ftp://example.com/'])(
    'at %s is refused with a sentence, together with every other fault',
    async (url) => {
      const refused = await api()
        .post('/tenant/webhooks')
        .send({ url, eventTypes: ['job.*', 'jbo.*'] });
      expect(refused.status, refused.text).toBe(422);
      expect(refused.body.errors.map((fault: { pointer: string }) => fault.pointer)).toEqual(['/url', '/eventTypes/1']);
      expect(refused.body.errors[0].message).toMatch(/private or reserved|Only https/);
    },
  );

  it('whose name leads into a private network gets nothing, and the log says why', async () => {
    const { attemptLog, status } = await tried(await make({ url: 'https://localhost/hook' }));
    expect(status).toBe('pending');
    expect(attemptLog[0]).toMatchObject({ statusCode: null, error: expect.stringMatching(/private or reserved network/) });
  });

  it('is one of at most twenty, also when thirty are asked for at once', async () => {
    const wish = { url: 'https://hooks.example/', eventTypes: ['export.ready'] };
    const made = await Promise.all(Array.from({ length: 30 }, () => api().post('/tenant/webhooks').send(wish)));
    expect(made.filter((one) => one.status === 201)).toHaveLength(20);
    expect(made.find((one) => one.status !== 201)!.body).toMatchObject({ status: 409, code: 'too_many_webhooks' });
  });
});

describe('an event', () => {
  it('arrives signed, thin, under one id, at those who chose it and nobody else', async () => {
    const hook = await make({ eventTypes: ['job.succeeded'] });
    await make({ url: `${address}/other`, eventTypes: ['budget.*', 'invoice.paid'] });
    await make({ url: `${address}/off`, enabled: false });
    const bob = await app.register('Bob');
    await make({ url: `${address}/bob` }, bob);
    await jobEnded('failed');
    await jobEnded('succeeded');
    await emit({ topic: 'invoice.paid', payload: { invoiceId: newId() } });
    await eventually(
      () => Promise.resolve(received),
      (all) => all.length >= 2,
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(received.map(({ path }) => path).toSorted()).toEqual(['/hook', '/other']);
    const got = received.find(({ path }) => path === '/hook')!;
    expect(genuine(got, hook.secret)).toBe(true);
    expect(genuine({ ...got, body: got.body.replace('succeeded', 'failed') }, hook.secret)).toBe(false);
    const body = JSON.parse(got.body) as { type: string; timestamp: string; data: { jobId: string } };
    expect(Object.keys(body)).toEqual(['type', 'timestamp', 'data']);
    expect(body).toMatchObject({ type: 'job.succeeded', data: { jobId: expect.stringMatching(/^job_/), status: 'succeeded' } });
    const [logged] = await eventually(
      () => deliveries(hook),
      ([first]) => first?.status === 'delivered',
    );
    expect(logged).toMatchObject({ eventId: got.headers['webhook-id'], attempts: 1, lastStatusCode: 200, error: null });
  });

  it('that the outbox delivers twice makes one message', async () => {
    const hook = await make();
    await jobEnded();
    await eventually(
      () => deliveries(hook),
      (all) => all.length === 1,
    );
    const [{ source }] = (await app.db.sql<{ source: string }>('SELECT max(source) AS source FROM webhook_message')) as [{ source: string }];
    await app.db.sql(
      `INSERT INTO outbox (id, tenant_id, topic, payload) OVERRIDING SYSTEM VALUE VALUES ($1, $2, 'job.finished', '{"jobId":"${newId()}","status":"succeeded"}')`,
      [source, parseId('tnt', ada.tenantId)],
    );
    await eventually(
      () => app.db.sql('SELECT 1 FROM outbox WHERE id = $1', [source]),
      (left) => left.length === 0,
    );
    expect(await deliveries(hook)).toHaveLength(1);
    expect(received).toHaveLength(1);
  });

  it('leaves one of two processes, once; so do alerts of budgets and low balances, with their mails, within ten seconds', async () => {
    const fay = await app.register('Fay');
    await make({ eventTypes: ['job.*', 'budget.*', 'balance.low'] }, fay);
    const budget = await api(fay)
      .post('/budgets')
      .send({ name: 'Small', scope: 'tenant', period: 'month', mode: 'soft', limit: '2', forecast: false })
      .expect(201);
    expect((await api(fay).patch('/billing/credits').send({ lowBelow: '99.5' }).expect(200)).body).toMatchObject({ lowBelow: '99.5', low: false });
    const second = await startApp({ SAFE_FETCH_ALLOW_HTTP: 'true', SAFE_FETCH_TRUSTED: new URL(address).host }, { db: app.db, home });
    try {
      const job = await api(fay).post('/generate/txt2img').send({ prompt: 'a quiet harbour', width: 512, height: 512, steps: 10 }).expect(202);
      const tenantId = parseId('tnt', fay.tenantId);
      await app.nest.get(TenantTx).run({ tenantId }, (em) => app.nest.get(Ledger).settle(em, tenantId, parseId('job', job.body.id as string), 1000n, 'done'));
      const settledAt = Date.now();
      const ended = Array.from({ length: 12 }, () => newId());
      for (const jobId of ended) await emit({ topic: 'job.finished', payload: { jobId, status: 'succeeded' } }, fay.tenantId);
      /** A receiver that answers late hears of the same event again, under the same id. */
      const said = (): { type: string; data: Record<string, string> }[] =>
        [...new Map(received.map(({ headers, body }) => [headers['webhook-id'], body])).values()].map((body) => JSON.parse(body) as never);
      await eventually(
        async () =>
          said()
            .map(({ type }) => type)
            .toSorted(),
        (all) => all.length >= 14,
        10_000,
      );
      expect(Date.now() - settledAt).toBeLessThan(10_000);
      // Long enough for both to have looked again.
      await sleep(7_000);
      expect(said()).toHaveLength(14);
      expect(said().filter(({ type }) => !type.startsWith('job.'))).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ type: 'budget.alerted', data: { budgetId: budget.body.id, threshold: '50' } }),
          expect.objectContaining({ type: 'balance.low', data: { balance: '99', below: '99.5' } }),
        ]),
      );
      const mails = await app.db.sql<{ subject: string }>('SELECT subject FROM mail_message WHERE tenant_id = $1 AND subject ~ $2 ORDER BY subject', [
        tenantId,
        'Small|are left',
      ]);
      expect(mails.map(({ subject }) => subject)).toEqual(['Only 99 credits are left', 'The budget “Small” is 50 % spent']);
      // Above the mark and below it again: that is another crossing.
      for (const lowBelow of ['10', '99.5']) {
        await api(fay).patch('/billing/credits').send({ lowBelow }).expect(200);
        await Promise.all([app, second].map((house) => house.nest.get(LowBalance).look()));
      }
      await eventually(
        async () => said().filter(({ type }) => type === 'balance.low'),
        (all) => all.length === 2,
        10_000,
      );
    } finally {
      await second.close();
    }
  }, 40_000);

  it('is signed with both secrets while they overlap, and with the new one alone afterwards', async () => {
    const hook = await make();
    const rotated = await api().post(`/tenant/webhooks/${hook.id}/rotate`).send({ overlapHours: 1 });
    await tried(hook);
    expect([genuine(received[0]!, hook.secret), genuine(received[0]!, rotated.body.secret)]).toEqual([true, true]);
    await app.db.sql('UPDATE webhook_endpoint SET previous_until = now()');
    await tried(hook);
    expect([genuine(received[1]!, hook.secret), genuine(received[1]!, rotated.body.secret)]).toEqual([false, true]);
  });
});

describe('a receiver', () => {
  it('that fails is tried again under the same id with a new timestamp and the same bytes, and the log tells both', async () => {
    const hook = await make();
    answer = (response) => (received.length === 1 ? response.writeHead(500).end('boom\0') : response.end());
    const first = await tried(hook);
    expect(first).toMatchObject({ status: 'pending', lastStatusCode: 500, attemptLog: [{ number: 1, response: 'boom\ufffd' }] });
    expect(first.error).toMatch(/failed \(500\).*tried again/);
    const wait = Date.parse(first.nextAttemptAt!) - Date.now();
    expect(wait).toBeGreaterThan(2_000);
    expect(wait).toBeLessThan(6_000);
    await app.db.sql('UPDATE webhook_delivery SET next_attempt_at = now()');
    const second = await eventually(
      () => storyOf(hook, first.id),
      (story) => story.status === 'delivered',
    );
    expect(second.attemptLog.map(({ number, statusCode }) => [number, statusCode])).toEqual([
      [2, 200],
      [1, 500],
    ]);
    expect(received[1]!.headers['webhook-id']).toBe(received[0]!.headers['webhook-id']);
    expect(received[1]!.body).toBe(received[0]!.body);
    expect(genuine(received[1]!, hook.secret)).toBe(true);
  });

  it.each<[string, (response: ServerResponse) => void, object]>([
    [
      'redirects is not followed',
      (r) => r.writeHead(302, { location: `${address}/elsewhere` }).end(),
      { statusCode: 302, error: expect.stringMatching(/redirects/) },
    ],
    ['keeps silent is given up', () => undefined, { statusCode: null, error: expect.stringMatching(/within 0.7 s/) }],
    ['breaks off is not trusted', (r) => r.destroy(), { statusCode: null, error: expect.stringMatching(/could not be reached/) }],
  ])('that %s', async (_what, how, logged) => {
    answer = how;
    const story = await tried(await make());
    expect(story.status).toBe('pending');
    expect(story.attemptLog[0]).toMatchObject(logged);
    expect(received.map(({ path }) => path)).toEqual(['/hook']);
  });

  it('that answers with a flood has taken it; two kilobytes are kept', async () => {
    answer = (response) => response.end('x'.repeat(30_000_000));
    const story = await tried(await make());
    expect(story.status).toBe('delivered');
    expect(story.attemptLog[0]!.response).toHaveLength(2048);
  });

  it('that asks for a pause gets it', async () => {
    answer = (response) => response.writeHead(429, { 'retry-after': '900' }).end();
    const { nextAttemptAt } = await tried(await make());
    expect(Date.parse(nextAttemptAt!) - Date.now()).toBeGreaterThan(890_000);
  });

  it('that is slow delays nobody else', async () => {
    answer = (response, { path }) => void (path === '/hook' && response.end());
    const slow = await make({ url: `${address}/slow`, eventTypes: ['export.ready'] });
    const quick = await make();
    await app.db.sql(
      `WITH m AS (INSERT INTO webhook_message (tenant_id, id, type, body) SELECT $1, gen_random_uuid(), 'export.ready', '{}' FROM generate_series(1, 60) RETURNING id)
       INSERT INTO webhook_delivery (tenant_id, id, endpoint_id, message_id) SELECT $1, gen_random_uuid(), $2, id FROM m`,
      [parseId('tnt', ada.tenantId), parseId('whk', slow.id)],
    );
    await eventually(
      () => Promise.resolve(received),
      (all) => all.length > 0,
    );
    const began = Date.now();
    await tried(quick);
    expect(Date.now() - began).toBeLessThan(2000);
  });

  it('that is slow, twenty times over, takes no slot from another tenant', async () => {
    const slow = await app.register('Slow');
    for (let i = 0; i < 20; i++) await make({ url: `${address}/slow` }, slow);
    const own = await make({ url: `${address}/own` });
    answer = (response, { path }) => void (path === '/own' ? response.end('ok') : setTimeout(() => response.end('late'), 600));
    for (let i = 0; i < 6; i++) await emit({ topic: 'job.finished', payload: { jobId: newId(), status: 'succeeded' } }, slow.tenantId);
    await eventually(
      async () => received.filter(({ path }) => path === '/slow'),
      (all) => all.length >= 4,
    );
    await jobEnded();
    await eventually(
      async () => received.some(({ path }) => path === '/own'),
      (arrived) => arrived,
      2_500,
    );
    expect(received.filter(({ path }) => path === '/slow').length).toBeLessThan(60);
    expect((await deliveries(own)).length).toBe(1);
  });

  it('that took one before our process died gets it again, under the same id', async () => {
    const hook = await make();
    const outcomes = app.nest.get(WebhookOutcomes);
    const record = outcomes.record.bind(outcomes);
    // The process ends after the answer and before the record: what it would have written is lost.
    outcomes.record = () => {
      outcomes.record = record;
      return Promise.reject(new Error('the process ends here'));
    };
    const { id, eventId } = await test(hook);
    await eventually(
      () => Promise.resolve(received),
      (all) => all.length === 1,
    );
    await eventually(
      () => Promise.resolve(outcomes.record),
      (now) => now === record,
    );
    expect((await storyOf(hook, id)).status).toBe('pending');
    await app.db.sql('UPDATE webhook_delivery SET leased_until = now()');
    const story = await eventually(
      () => storyOf(hook, id),
      ({ status }) => status === 'delivered',
    );
    expect(received[1]!.headers['webhook-id']).toBe(eventId);
    expect(received[1]!.body).toBe(received[0]!.body);
    expect([story.attempts, story.attemptLog.map(({ number }) => number)]).toEqual([2, [2]]);
  });
});

describe('what was not taken', () => {
  it('ends after the tenth attempt, and is replayed one by one or all since an instant, with the same ids', async () => {
    const hook = await make();
    answer = (response) => response.writeHead(503).end();
    await Promise.all([tried(hook), tried(hook), tried(hook)]);
    await app.db.sql(`UPDATE webhook_delivery SET attempts = 9, next_attempt_at = now()`);
    const failed = await eventually(
      () => deliveries(hook),
      (all) => all.every(({ status }) => status === 'failed'),
    );
    expect(failed.map(({ attempts }) => attempts)).toEqual([10, 10, 10]);
    answer = (response) => response.end();
    received = [];
    expect((await api().post(`/tenant/webhooks/${hook.id}/deliveries/${failed[0]!.id}/replay`).send()).status).toBe(202);
    await eventually(
      () => storyOf(hook, failed[0]!.id),
      ({ status }) => status === 'delivered',
    );
    const all = await api().post(`/tenant/webhooks/${hook.id}/replay`).send({ since: '2026-01-01T00:00:00Z' });
    expect([all.status, all.body.replayed]).toEqual([202, 2]);
    await eventually(
      () => deliveries(hook),
      (found) => found.every(({ status }) => status === 'delivered'),
    );
    expect(received.map(({ headers }) => headers['webhook-id']).toSorted()).toEqual(failed.map(({ eventId }) => eventId).toSorted());
  });

  it('for five days switches the endpoint off, once, with a mail to its administrators and what waits kept for a replay', async () => {
    const hook = await make();
    answer = (response) => response.writeHead(500).end();
    await tried(hook);
    expect((await api().get(`/tenant/webhooks/${hook.id}`)).body).toMatchObject({ enabled: true, failingSince: expect.any(String) });
    await app.db.sql(`UPDATE webhook_endpoint SET failing_since = now() - interval '5 days 1 minute'`);
    await Promise.all([test(hook), test(hook)]);
    const off = await eventually(
      () => api().get(`/tenant/webhooks/${hook.id}`),
      ({ body }) => body.enabled === false,
    );
    expect(off.body.disabledReason).toBe('failing');
    expect((await deliveries(hook)).map(({ status }) => status)).toEqual(['failed', 'failed', 'failed']);
    const mails = await app.db.sql<{ to_address: string; body_text: string }>(
      `SELECT to_address, body_text FROM mail_message WHERE subject LIKE 'Webhooks to %'`,
    );
    expect(mails.map(({ to_address }) => to_address)).toEqual([ada.email]);
    expect(mails[0]!.body_text).toMatch(/switched off.*taken nothing since/s);
    expect((await api().post(`/tenant/webhooks/${hook.id}/test`).send()).body.code).toBe('webhook_disabled');
    await api().patch(`/tenant/webhooks/${hook.id}`).send({ enabled: true }).expect(200);
    expect((await api().get(`/tenant/webhooks/${hook.id}`)).body).toMatchObject({ enabled: true, disabledReason: null, failingSince: null });
  });

  it('by a receiver that is gone for good switches it off at once', async () => {
    const hook = await make();
    answer = (response) => response.writeHead(410).end();
    await tried(hook);
    expect((await api().get(`/tenant/webhooks/${hook.id}`)).body).toMatchObject({ enabled: false, disabledReason: 'gone' });
  });
});
