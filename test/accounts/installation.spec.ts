import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { cookiesOf } from './people.js';

const PUBLIC_URL = 'https://studio.example';

describe('several processes of one installation', () => {
  const home = mkdtempSync(join(tmpdir(), 'atelier-keys-'));
  let first: TestApp;
  let second: TestApp;
  let ada: Person;

  beforeAll(async () => {
    first = await startApp({}, { home });
    ada = await first.register();
    await first.db.sql(`UPDATE signing_key SET created_at = created_at - interval '31 days'`);
    second = await startApp({ PUBLIC_URL }, { db: first.db, home });
  });
  afterAll(async () => {
    await second.close();
    await first.close();
    rmSync(home, { recursive: true, force: true });
  });
  const signIn = async (app: TestApp): Promise<string> =>
    (await app.api().post('/auth/login').send({ email: ada.email, password: ada.password })).body.accessToken as string;
  const kid = (token: string): unknown => decodeProtectedHeader(token).kid;

  it('replace a signing key after 30 days; what it signed is good until it expires', async () => {
    const token = await signIn(second);
    expect(kid(token)).not.toBe(kid(ada.token));
    expect((await second.api(ada.token).get('/users/me')).body.id).toBe(ada.userId);
    expect((await first.api(token).get('/users/me')).body.id).toBe(ada.userId);
  });

  it('keep their secret in a file that nobody else reads', () => {
    expect(statSync(join(home, 'secrets/installation')).mode & 0o777).toBe(0o600);
  });

  it('on machines with different secrets understand each other’s tokens', async () => {
    const elsewhere = await startApp({ ATELIER_SECRET_KEY: 'another secret of another machine, long enough' }, { db: first.db });
    try {
      delete process.env['ATELIER_SECRET_KEY'];
      const token = await signIn(elsewhere);
      expect((await elsewhere.api(token).get('/users/me')).status).toBe(200);
      expect((await second.api(token).get('/users/me')).status).toBe(200);
      expect((await elsewhere.api(ada.token).get('/users/me')).status).toBe(200);
    } finally {
      await elsewhere.close();
    }
  });

  it('behind HTTPS give cookies that are bound to the host and sent encrypted only', async () => {
    const answer = await second.api().post('/auth/login').set('origin', PUBLIC_URL).send({ email: ada.email, password: ada.password });
    expect(answer.body.accessToken).toBeUndefined();
    const session = cookiesOf(answer).find((cookie) => cookie.startsWith('__Host-atelier_session='))!;
    expect(session).toMatch(/Secure/);
    expect(session).not.toMatch(/Domain/);
    const [pair] = session.split(';') as [string];
    expect((await second.api().get('/users/me').set('cookie', pair)).body.id).toBe(ada.userId);
  });
});
