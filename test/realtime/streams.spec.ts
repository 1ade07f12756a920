import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { BudgetAlerts } from '../../src/billing/budgets/index.js';
import { Ledger } from '../../src/billing/ledger/index.js';
import { systemCtx } from '../../src/platform/context/index.js';
import { TenantTx } from '../../src/platform/database/index.js';
import { parseId } from '../../src/platform/ids/index.js';
import { JobFeed } from '../../src/realtime/job-feed.service.js';
import { Jobs } from '../../src/studio/jobs/index.js';
import { join } from '../accounts/people.js';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { openSocket, openStream, until, type Stream } from './client.js';

let app: TestApp;
let anna: Person;
let other: Person;
const open: { close(): void }[] = [];

beforeAll(async () => {
  app = await startApp();
  [anna, other] = await Promise.all([app.register('Anna'), app.register('Other')]);
  for (const person of [anna, other]) await app.setPlan(person.tenantId, 'pro');
});
afterAll(() => app?.close());
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

const bearer = (person: Person): Record<string, string> => ({ authorization: `Bearer ${person.token}` });
const submit = async (person = anna): Promise<string> => {
  const answer = await app.api(person.token).post('/generate/txt2img').send({ prompt: 'a fox in the snow' });
  expect(answer.status).toBe(202);
  return answer.body.id as string;
};
const cancel = (id: string, person = anna) => app.api(person.token).delete(`/jobs/${id}`);
const tenantOf = (person: Person): string => parseId('tnt', person.tenantId);
/** Stores events as any process would, without telling anybody. */
const store = (id: string, count: number, person = anna): Promise<unknown> =>
  app.db.sql(
    `WITH moved AS (UPDATE job SET event_seq = event_seq + $2 WHERE id = $1 RETURNING event_seq)
     INSERT INTO job_event (tenant_id, job_id, id, type, data)
     SELECT $3, $1, event_seq - $2 + n, 'progress', jsonb_build_object('jobId', $4::text, 'step', n, 'totalSteps', $2, 'progress', 0.5, 'etaSeconds', 1, 'stage', 'sampling', 'message', '')
       FROM moved, generate_series(1, $2::int) AS n`,
    [parseId('job', id), count, tenantOf(person), id],
  );
const stream = async (path: string, headers: Record<string, string>, at = app): Promise<Stream> => {
  const opened = await openStream(`${at.url}/api/v1${path}`, headers);
  open.push(opened);
  return opened;
};
const socket = (auth: object, at = app): Socket => {
  const made = io(`${at.url}/ws`, { auth, transports: ['websocket'], reconnection: false, forceNew: true });
  open.push({ close: () => made.disconnect() });
  return made;
};
const connected = (made: Socket): Promise<Socket> => new Promise((resolve, reject) => made.once('connect', () => resolve(made)).once('connect_error', reject));
/** What a socket.io client hears, in order. */
const hear = (made: Socket): { event: string; data: Record<string, unknown> }[] => {
  const heard: { event: string; data: Record<string, unknown> }[] = [];
  made.onAny((event: string, data: Record<string, unknown>) => heard.push({ event, data }));
  return heard;
};

describe('the events of a job', () => {
  it('are replayed and followed over SSE; the stream ends after the last, and who comes back with its id gets 204', async () => {
    const id = await submit();
    const live = await stream(`/jobs/${id}/events`, bearer(anna));
    expect(live.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(live.headers['cache-control']).toContain('no-store');
    await until(() => live.seen.length >= 1);
    expect(live.seen[0]).toMatchObject({ id: '1', event: 'status', data: { jobId: id, status: 'queued' } });
    await store(id, 2);
    await until(() => live.seen.some((e) => e.event === 'progress'), 2500);
    await cancel(id);
    await live.ended;
    expect(live.seen.map((e) => Number(e.id))).toEqual(live.seen.map((_, i) => i + 1));
    expect(live.seen.find((e) => e.data['status'] === 'canceled')).toBeDefined();
    expect(live.seen.some((e) => e.event === 'billing')).toBe(true);

    const late = await stream(`/jobs/${id}/events`, bearer(anna));
    await late.ended;
    expect(late.seen).toEqual(live.seen);
    const middle = await stream(`/jobs/${id}/events?lastEventId=1`, { ...bearer(anna), 'last-event-id': '2' });
    await middle.ended;
    expect(middle.seen).toEqual(live.seen.slice(2));
    expect((await stream(`/jobs/${id}/events`, { ...bearer(anna), 'last-event-id': live.seen.at(-1)!.id! })).status).toBe(204);
  });

  it('are the same over SSE, WebSocket and socket.io', async () => {
    const id = await submit();
    await store(id, 5);
    const sse = await stream(`/jobs/${id}/events`, bearer(anna));
    const ws = await openSocket(`${app.url}/ws/jobs/${id}`, { headers: bearer(anna) });
    const second = await openSocket(`${app.url}/api/v1/ws/jobs/${id}?lastEventId=3`, {}, ['bearer', anna.token]);
    expect(second.socket.protocol).toBe('bearer');
    const sio = await connected(socket({ token: anna.token }));
    const heard = hear(sio);
    expect(await sio.emitWithAck('subscribe:job', { jobId: id })).toEqual({ ok: true });
    await cancel(id);
    await sse.ended;
    expect(await ws.closed).toMatchObject({ code: 1000 });
    await second.closed;
    const stored = sse.seen.map((e) => ({ type: e.event, id: Number(e.id), data: e.data }));
    expect(ws.messages).toEqual(stored);
    expect(second.messages).toEqual(stored.slice(3));
    await until(() => heard.filter((h) => h.event.startsWith('job:')).length >= stored.length);
    expect(heard.filter((h) => h.event.startsWith('job:'))).toEqual(stored.map((e) => ({ event: `job:${e.type}`, data: { ...e.data, eventId: e.id } })));
  });

  it('skip what was purged', async () => {
    const id = await submit();
    await store(id, 6);
    await cancel(id);
    await app.db.sql(`DELETE FROM job_event WHERE job_id = $1 AND type = 'progress'`, [parseId('job', id)]);
    const late = await stream(`/jobs/${id}/events`, bearer(anna));
    await late.ended;
    expect(late.seen[0]!.data['status']).toBe('queued');
    expect(late.seen.every((e) => e.event !== 'progress')).toBe(true);
    expect(late.seen.some((e) => e.data['status'] === 'canceled')).toBe(true);
  });

  it('reach those who watch in another process', async () => {
    const second = await startApp({}, { db: app.db });
    try {
      const id = await submit();
      const far = await stream(`/jobs/${id}/events`, bearer(anna), second);
      await until(() => far.seen.length > 0);
      await cancel(id);
      await far.ended;
      expect(far.seen.some((e) => e.data['status'] === 'canceled')).toBe(true);
    } finally {
      await second.close();
    }
  });

  it('reach a slow reader whole and in order, however far behind', async () => {
    const id = await submit();
    const ending = new AbortController();
    const events = await app.nest.get(JobFeed, { strict: false }).open(systemCtx(tenantOf(anna), 'test'), parseId('job', id), 0, ending.signal);
    const ids: number[] = [];
    let rounds = 0;
    for await (const batch of events!) {
      ids.push(...batch.map((e) => e.id));
      if (rounds++ === 0) {
        for (let i = 0; i < 4; i++) await store(id, 150);
        await new Promise((resolve) => setTimeout(resolve, 1300));
        await cancel(id);
      }
    }
    expect(ids.length).toBeGreaterThan(600);
    expect(ids).toEqual(ids.map((_, i) => i + 1));
  });

  it('are read once for everybody who watches', async () => {
    const id = await submit();
    const reads = vi.spyOn(app.nest.get(Jobs, { strict: false }), 'eventsAfter');
    const person = await app.register('Crowd');
    await app.db.sql(`INSERT INTO membership (tenant_id, user_id, role) VALUES ($1, $2, 'member')`, [tenantOf(anna), parseId('usr', person.userId)]);
    const watchers = await Promise.all(Array.from({ length: 40 }, () => stream(`/jobs/${id}/events`, bearer(anna))));
    await until(() => watchers.every((w) => w.seen.length > 0));
    reads.mockClear();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const idle = reads.mock.calls.length;
    await cancel(id);
    await Promise.all(watchers.map((w) => w.ended));
    expect(idle).toBeLessThanOrEqual(3);
    expect(reads.mock.calls.length).toBeLessThanOrEqual(idle + 4);
    for (const watcher of watchers) expect(watcher.seen).toEqual(watchers[0]!.seen);
    reads.mockRestore();
  });
});

describe('who may listen', () => {
  it("another tenant's job is not there, on every door", async () => {
    const id = await submit(other);
    expect((await stream(`/jobs/${id}/events`, bearer(anna))).status).toBe(404);
    await expect(openSocket(`${app.url}/ws/jobs/${id}`, { headers: bearer(anna) })).rejects.toMatchObject({ status: 404, body: { code: 'not_found' } });
    const sio = await connected(socket({ token: anna.token }));
    const heard = hear(sio);
    expect(await sio.emitWithAck('subscribe:job', { jobId: id })).toMatchObject({ ok: false, error: { code: 'not_found', status: 404, jobId: id } });
    expect(await sio.emitWithAck('unsubscribe:job', { jobId: id })).toEqual({ ok: true });
    await cancel(id, other);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(heard.filter((h) => h.event !== 'balance:changed')).toEqual([{ event: 'error', data: expect.objectContaining({ code: 'not_found' }) }]);
  });

  it('nobody without credentials, and no cookie from a foreign page', async () => {
    const id = await submit();
    expect((await stream(`/jobs/${id}/events`, {})).status).toBe(401);
    expect((await stream('/events', {})).status).toBe(401);
    await expect(openSocket(`${app.url}/ws/jobs/${id}`)).rejects.toMatchObject({ status: 401 });
    await expect(openSocket(`${app.url}/ws/jobs/${id}`, { headers: { authorization: 'Bearer nonsense' } })).rejects.toMatchObject({ status: 401 });
    await expect(connected(socket({ token: 'nonsense' }))).rejects.toMatchObject({ data: { status: 401 } });
    await expect(connected(socket({}))).rejects.toMatchObject({ data: { status: 401 } });

    const login = await fetch(`${app.url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: app.url },
      body: JSON.stringify({ email: anna.email, password: anna.password }),
    });
    const cookie = login.headers
      .getSetCookie()
      .map((c) => c.split(';')[0])
      .join('; ');
    expect(cookie).toContain('atelier_session=');
    await expect(openSocket(`${app.url}/ws/jobs/${id}`, { headers: { cookie, origin: 'https://evil.example' } })).rejects.toMatchObject({
      status: 403,
      body: { code: 'foreign_origin' },
    });
    await expect(openSocket(`${app.url}/ws/jobs/${id}`, { headers: { cookie } })).rejects.toMatchObject({ status: 403 });
    const own = await openSocket(`${app.url}/ws/jobs/${id}`, { headers: { cookie, origin: app.url } });
    await until(() => own.messages.length > 0);
    own.socket.terminate();
    const made = io(`${app.url}/ws`, { transports: ['polling', 'websocket'], extraHeaders: { cookie, origin: app.url }, reconnection: false, forceNew: true });
    open.push({ close: () => made.disconnect() });
    await connected(made);
    await cancel(id);
  });

  it('upgrades elsewhere are refused, and so is the root namespace', async () => {
    await expect(openSocket(`${app.url}/api/v1/jobs`)).rejects.toMatchObject({ status: 404 });
    await expect(openSocket(`${app.url}/ws/jobs/job_nonsense`, { headers: bearer(anna) })).rejects.toMatchObject({ status: 404 });
    const root = io(app.url, { auth: { token: anna.token }, transports: ['websocket'], reconnection: false, forceNew: true });
    open.push({ close: () => root.disconnect() });
    await expect(connected(root)).rejects.toThrow('/ws');
  });

  it('a revoked session is cut off within 5 seconds everywhere', async () => {
    const person = await app.register('Leaver');
    await app.setPlan(person.tenantId, 'pro');
    const id = await submit(person);
    const sse = await stream(`/jobs/${id}/events`, bearer(person));
    const all = await stream('/events', bearer(person));
    const ws = await openSocket(`${app.url}/ws/jobs/${id}`, { headers: bearer(person) });
    const sio = await connected(socket({ token: person.token }));
    const gone = new Promise<void>((resolve) => sio.once('disconnect', () => resolve()));
    const start = Date.now();
    expect((await app.api(person.token).post('/auth/logout').send({ refreshToken: person.refreshToken })).status).toBeLessThan(300);
    expect(await ws.closed).toMatchObject({ code: 4401, reason: 'revoked' });
    await Promise.all([sse.ended, all.ended, gone]);
    expect(Date.now() - start).toBeLessThan(5000);
  });

  it('an access token’s streams end within 5 seconds when its person gets other rights, or its tenant is suspended', async () => {
    const [owner, member] = [await app.register('Owner'), await app.register('Member')];
    await app.setPlan(owner.tenantId, 'pro');
    await join(app, member, owner.tenantId, 'admin');
    const headers = { ...bearer(member), 'x-tenant': owner.tenantId };
    const id = await submit(owner);
    for (const role of ['member', 'billing'] as const) {
      const ws = await openSocket(`${app.url}/ws/jobs/${id}`, { headers: bearer(owner) });
      const all = await stream('/events', headers);
      const sio = await connected(io(`${app.url}/ws`, { transports: ['websocket'], extraHeaders: headers, reconnection: false, forceNew: true }));
      const gone = new Promise<void>((resolve) => sio.once('disconnect', () => resolve()));
      const start = Date.now();
      expect((await app.api(owner.token).patch(`/tenant/members/${member.userId}`).send({ role })).status).toBe(200);
      await Promise.all([all.ended, gone]);
      expect(Date.now() - start).toBeLessThan(5000);
      // Whose rights are what they were is left alone.
      expect(ws.socket.readyState).toBe(ws.socket.OPEN);
      ws.socket.terminate();
    }
    const ws = await openSocket(`${app.url}/ws/jobs/${id}`, { headers: bearer(owner) });
    expect((await app.api(app.operator.token).post(`/operator/tenants/${owner.tenantId}/suspend`).send({ suspended: true })).status).toBeLessThan(300);
    expect(await ws.closed).toMatchObject({ code: 4401, reason: 'revoked' });
  });

  it('a cookie’s stream of a tenant that is suspended ends, though its person has another tenant to act in', async () => {
    const [first, second] = [await app.register('First'), await app.register('Second')];
    await app.setPlan(first.tenantId, 'pro');
    await join(app, first, second.tenantId, 'member');
    const login = await fetch(`${app.url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: app.url },
      body: JSON.stringify({ email: first.email, password: first.password }),
    });
    const cookie = login.headers.getSetCookie().map((c) => c.split(';')[0]);
    const all = await stream('/events', { cookie: cookie.join('; '), origin: app.url });
    expect(all.status).toBe(200);
    await app.api(app.operator.token).post(`/operator/tenants/${first.tenantId}/suspend`).send({ suspended: true });
    const start = Date.now();
    await all.ended;
    expect(Date.now() - start).toBeLessThan(5000);
  });

  it('a revoked key is cut off within 5 seconds', async () => {
    const made = await app
      .api(anna.token)
      .post('/api-keys')
      .send({ name: 'listener', scopes: ['job:read'] });
    expect(made.status).toBe(201);
    const { key, id: keyId } = made.body as { key: string; id: string };
    const id = await submit();
    const ws = await openSocket(`${app.url}/ws/jobs/${id}`, { headers: { authorization: `Bearer ${key}` } });
    const start = Date.now();
    expect((await app.api(anna.token).delete(`/api-keys/${keyId}`)).status).toBeLessThan(300);
    expect(await ws.closed).toMatchObject({ code: 4401 });
    expect(Date.now() - start).toBeLessThan(5000);
    await cancel(id);
  });
});

describe('GET /events', () => {
  it('tells the status of my own jobs and my balance, and nothing of others', async () => {
    const all = await stream('/events', bearer(anna));
    await until(() => all.seen.some((e) => e.event === 'balance:changed'));
    const before = all.seen.find((e) => e.event === 'balance:changed')!.data['available'] as string;
    const theirs = await submit(other);
    const id = await submit();
    await until(() => all.seen.some((e) => e.event === 'job:status' && e.data['jobId'] === id));
    await until(() => all.seen.some((e) => e.event === 'balance:changed' && Number(e.data['available']) === Number(before) - 1 && Number(e.data['held']) >= 1));
    await cancel(id);
    await cancel(theirs, other);
    await until(() => all.seen.some((e) => e.data['jobId'] === id && e.data['status'] === 'canceled'));
    await until(() => all.seen.at(-1)?.data['available'] === before);
    expect(JSON.stringify(all.seen)).not.toContain(theirs);
    // It may be told as queued more than once: why it waits has changed.
    expect([...new Set(all.seen.filter((e) => e.data['jobId'] === id && e.event === 'job:status').map((e) => e.data['status']))]).toEqual([
      'queued',
      'canceled',
    ]);
  });

  it('tells again what happened while nobody listened', async () => {
    const first = await stream('/events', bearer(anna));
    await until(() => first.seen.length > 0);
    const lastId = first.seen.at(-1)!.id!;
    first.close();
    const id = await submit();
    await cancel(id);
    const again = await stream('/events', { ...bearer(anna), 'last-event-id': lastId });
    await until(() => again.seen.some((e) => e.data['jobId'] === id && e.data['status'] === 'canceled'));
    expect((await stream('/events', { ...bearer(anna), 'last-event-id': 'yesterday' })).status).toBe(422);
  });
});

describe('socket.io', () => {
  it('stops at unsubscribe and takes up again at the last id', async () => {
    const id = await submit();
    const sio = await connected(socket({ token: anna.token }));
    const heard = hear(sio);
    const jobs = (): number[] => heard.filter((h) => h.event.startsWith('job:')).map((h) => h.data['eventId'] as number);
    await sio.emitWithAck('subscribe:job', { jobId: id });
    await until(() => jobs().length > 0);
    await sio.emitWithAck('unsubscribe:job', { jobId: id });
    const before = jobs();
    await store(id, 3);
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expect(jobs()).toEqual(before);
    await sio.emitWithAck('subscribe:job', { jobId: id, lastEventId: before.at(-1) });
    await until(() => jobs().length >= before.length + 3);
    expect(jobs()).toEqual(jobs().map((_, i) => i + 1));
    await cancel(id);
  });

  it('answers nonsense with an error, and hangs up on a flood', async () => {
    const sio = await connected(socket({ token: anna.token }));
    expect(await sio.emitWithAck('subscribe:job', 'job')).toMatchObject({ ok: false, error: { code: 'not_found' } });
    expect(await sio.emitWithAck('subscribe:job', { jobId: await submit(), lastEventId: 'x' })).toMatchObject({
      ok: false,
      error: { code: 'not_an_event_id' },
    });
    expect(await sio.emitWithAck('delete:everything', {})).toMatchObject({ ok: false, error: { code: 'unknown_event' } });
    const gone = new Promise<void>((resolve) => sio.once('disconnect', () => resolve()));
    for (let i = 0; i < 400; i++) sio.emit('unsubscribe:job', {});
    await gone;
  });

  it('tells the balance without being asked', async () => {
    const sio = socket({ token: anna.token });
    const heard = hear(sio);
    await connected(sio);
    await until(() => heard.some((h) => h.event === 'balance:changed' && typeof h.data['available'] === 'string'));
  });
});

describe('an alert of a budget', () => {
  it('is told once to each who may see the budget, over socket.io and SSE, also to one who comes back; to nobody else', async () => {
    const [member, bystander] = await Promise.all([app.register('Mika'), app.register('Bea')]);
    for (const person of [member, bystander]) await join(app, person, anna.tenantId, 'member');
    const inTenant = { 'x-tenant': anna.tenantId };
    const made = await app
      .api(anna.token)
      .post('/budgets')
      .send({ scope: 'user', subjectId: member.userId, period: 'month', limit: '2', mode: 'soft', forecast: false });
    expect(made.status).toBe(201);
    const streams = await Promise.all(
      [anna, member, bystander, other].map((person) => stream('/events', person === other ? bearer(person) : { ...bearer(person), ...inTenant })),
    );
    const sio = socket({ token: anna.token });
    const heard = hear(sio);
    await connected(sio);
    await until(() => streams[0]!.seen.length > 0);
    const lastId = streams[0]!.seen.at(-1)!.id!;
    const { body: job } = await app.api(member.token).set(inTenant).post('/generate/txt2img').send({ prompt: 'a fox in the snow' });
    const tenantId = tenantOf(anna);
    await app.nest.get(TenantTx).run({ tenantId }, (em) => app.nest.get(Ledger).settle(em, tenantId, parseId('job', job.id as string), 1000n, 'done'));
    await Promise.all([1, 2].map(() => app.nest.get(BudgetAlerts).raise()));
    const alert = { budgetId: made.body.id, threshold: '50', spent: '1', limit: '2' };
    const alerts = (seen: readonly { event: string; data: unknown }[]): unknown[] =>
      seen.filter(({ event }) => event === 'budget:alert').map(({ data }) => data);
    await until(() => alerts(heard).length > 0 && alerts(streams[0]!.seen).length > 0 && alerts(streams[1]!.seen).length > 0, 10_000);
    const again = await stream('/events', { ...bearer(anna), 'last-event-id': lastId });
    await until(() => alerts(again.seen).length > 0);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    for (const seen of [heard, streams[0]!.seen, streams[1]!.seen, again.seen]) expect(alerts(seen)).toEqual([expect.objectContaining(alert)]);
    for (const seen of [streams[2]!.seen, streams[3]!.seen]) expect(alerts(seen)).toEqual([]);
    await app.api(anna.token).delete(`/budgets/${made.body.id}`);
  });
});

it('a caller holds so many streams open and no more; when the program stops, all end', async () => {
  const small = await startApp({ ATELIER_STREAMS_PER_CALLER: '3' }, { db: app.db });
  const id = await submit();
  const held = await Promise.all([1, 2, 3].map(() => stream(`/jobs/${id}/events`, bearer(anna), small)));
  const fourth = await stream(`/jobs/${id}/events`, bearer(anna), small);
  expect(fourth.status).toBe(429);
  await expect(openSocket(`${small.url}/ws/jobs/${id}`, { headers: bearer(anna) })).rejects.toMatchObject({ status: 429, body: { code: 'too_many_streams' } });
  held[0]!.close();
  await new Promise((resolve) => setTimeout(resolve, 200));
  const ws = await openSocket(`${small.url}/ws/jobs/${id}`, { headers: bearer(anna) });
  const start = Date.now();
  const closing = small.close();
  await Promise.all(held.map((h) => h.ended));
  expect(await ws.closed).toMatchObject({ code: 1001 });
  expect(Date.now() - start).toBeLessThan(2000);
  await closing;
  await cancel(id);
});
