import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Revocations } from '../../src/accounts/sessions/index.js';
import { parseId } from '../../src/platform/ids/index.js';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { Browser, eventually } from './people.js';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.close());

const signIn = async (person: Person, agent = 'curl/8.4.0'): Promise<string> =>
  (await app.api().post('/auth/login').set('user-agent', agent).send({ email: person.email, password: person.password })).body.accessToken as string;

interface Shown {
  id: string;
  current: boolean;
  device: string;
  kind: string;
  ip: string;
}
const list = async (token: string): Promise<Shown[]> => (await app.api(token).get('/users/me/sessions')).body.data as Shown[];

describe('the sessions of a person', () => {
  it('are listed with device, address and kind, newest first, the own one marked', async () => {
    const ada = await app.register();
    await signIn(ada, FIREFOX);
    const token = await signIn(ada);
    const sessions = await list(token);
    expect(sessions.map(({ device, current }) => [device, current])).toEqual([
      ['curl/8.4.0', true],
      ['Firefox on Linux', false],
      [expect.any(String), false],
    ]);
    expect(sessions[0]).toMatchObject({ kind: 'token', ip: '127.0.0.1' });
    expect(JSON.stringify(sessions)).not.toMatch(/hash|secret/i);
  });

  it('come in pages', async () => {
    const ada = await app.register();
    for (let i = 0; i < 4; i++) await signIn(ada);
    const first = (await app.api(ada.token).get('/users/me/sessions?limit=3')).body;
    expect([first.data.length, first.hasMore]).toEqual([3, true]);
    const second = (await app.api(ada.token).get(`/users/me/sessions?limit=3&cursor=${first.nextCursor}`)).body;
    expect([second.data.length, second.hasMore, second.nextCursor]).toEqual([2, false, null]);
    expect(new Set([...first.data, ...second.data].map((session: Shown) => session.id)).size).toBe(5);
  });

  it('end one by one or all but the own, and the tokens with them', async () => {
    const ada = await app.register();
    const [second, third] = [await signIn(ada), await signIn(ada)];
    const victim = (await list(second)).find((session) => session.current)!;
    expect((await app.api(ada.token).delete(`/users/me/sessions/${victim.id}`)).status).toBe(204);
    await eventually(
      () => app.api(second).get('/users/me'),
      (answer) => answer.status === 401,
    );
    expect((await app.api(ada.token).delete(`/users/me/sessions/${victim.id}`)).status).toBe(404);
    expect((await app.api(ada.token).delete('/users/me/sessions')).status).toBe(204);
    await eventually(
      () => app.api(third).get('/users/me'),
      (answer) => answer.status === 401,
    );
    expect(await list(ada.token)).toHaveLength(1);
  });

  it('of somebody else are 404, and stay', async () => {
    const [ada, eve] = [await app.register(), await app.register()];
    const [session] = await list(ada.token);
    expect((await app.api(eve.token).delete(`/users/me/sessions/${session!.id}`)).status).toBe(404);
    expect((await app.api(eve.token).delete('/users/me/sessions/ses_nonsense')).status).toBe(404);
    expect((await app.api(ada.token).get('/users/me')).status).toBe(200);
  });

  it('are not there for API keys', async () => {
    const ada = await app.register();
    await app.setPlan(ada.tenantId, 'pro');
    const { body } = await app
      .api(ada.token)
      .post('/api-keys')
      .send({ name: 'k', scopes: ['job:read'] });
    expect((await app.api(body.key).get('/users/me/sessions')).body.code).toBe('people_only');
    expect((await app.api(body.key).patch('/users/me').send({ name: 'Eve' })).body.code).toBe('people_only');
    expect((await app.api(body.key).get('/users/me')).body).toMatchObject({ id: ada.userId, permissions: ['job:read'] });
  });

  it('remember their last use to about a minute, without a write for each request', async () => {
    const ada = await app.register();
    await app.db.sql(`UPDATE session SET last_used_at = now() - interval '1 hour' WHERE user_id = $1`, [parseId('usr', ada.userId)]);
    for (let i = 0; i < 5; i++) await app.api(ada.token).get('/users/me');
    const age = () =>
      app.db.sql<{ seconds: number }>(`SELECT extract(epoch FROM now() - last_used_at)::float8 AS seconds FROM session WHERE user_id = $1`, [
        parseId('usr', ada.userId),
      ]);
    await eventually(age, ([row]) => row!.seconds < 60, 20_000);
  });
});

describe('a revocation', () => {
  it('takes effect in every process within 5 s, for requests and for what holds a connection open', async () => {
    const second = await startApp({}, { db: app.db });
    try {
      const ada = await app.register();
      const token = await signIn(ada);
      const victim = (await list(token)).find((session) => session.current)!;
      const elsewhere = () => second.api(token).get('/users/me');
      expect((await elsewhere()).status).toBe(200);
      const feed = second.nest.get(Revocations);
      const id = parseId('ses', victim.id);
      expect(feed.isRevoked(id)).toBe(false);
      await app.api(ada.token).delete(`/users/me/sessions/${victim.id}`);
      await eventually(elsewhere, (answer) => answer.status === 401);
      await eventually(async () => feed.isRevoked(id), Boolean);
    } finally {
      await second.close();
    }
  });

  it('takes effect also when no wake-up arrives, because every process looks by itself', async () => {
    const ada = await app.register();
    expect((await app.api(ada.token).get('/users/me')).status).toBe(200);
    await app.db.sql(`UPDATE session SET revoked_at = now() WHERE user_id = $1`, [parseId('usr', ada.userId)]);
    await eventually(
      () => app.api(ada.token).get('/users/me'),
      (answer) => answer.status === 401,
    );
  });

  it('ends a browser’s session like any other', async () => {
    const browser = new Browser(app);
    await browser.signUp('browser-revoked@atelier.test');
    const [session] = (await browser.get('/users/me/sessions')).body.data as Shown[];
    expect(session).toMatchObject({ kind: 'cookie', device: 'Firefox on Linux', current: true });
    expect((await browser.send('delete', `/users/me/sessions/${session!.id}`)).status).toBe(204);
    await eventually(
      () => browser.get('/users/me'),
      (answer) => answer.status === 401,
    );
  });
});
