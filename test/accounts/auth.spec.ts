import { generateKeyPairSync } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { Browser, cookiesOf, eventually } from './people.js';

const PASSWORD = 'a long enough passphrase';
let app: TestApp;
let n = 0;
const address = (): string => `auth${++n}@atelier.test`;

beforeAll(async () => void (app = await startApp()));
afterAll(() => app.close());

describe('registering', () => {
  it('makes a person, a tenant of one that they own, and a first session', async () => {
    const answer = await app
      .api()
      .post('/auth/register')
      .send({ email: ' Ada@Example.ORG'.trim(), password: PASSWORD, name: 'Ada', tenantName: 'Analytical Engines' });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ user: { email: 'ada@example.org', name: 'Ada' }, tenant: { name: 'Analytical Engines' }, expiresIn: 600 });
    const me = await app.api(answer.body.accessToken).get('/users/me');
    expect(me.body).toMatchObject({
      id: answer.body.user.id,
      role: 'owner',
      operator: false,
      tenant: { id: answer.body.tenant.id, name: 'Analytical Engines', plan: 'free' },
    });
    expect(me.body.tenants).toEqual([{ id: answer.body.tenant.id, name: 'Analytical Engines', role: 'owner' }]);
    expect(me.body.permissions).toContain('job:create');
    expect(me.body.permissions).not.toContain('operator:tenants');
  });

  it('answers every fault at once, and takes no field that nobody asked for', async () => {
    const answer = await app.api().post('/auth/register').send({ email: 'nobody', password: 5, name: '  ', operator: true, tenantId: 'tnt_1' });
    expect(answer.status).toBe(422);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body.errors.map((e: { pointer: string }) => e.pointer).toSorted()).toEqual(['/email', '/name', '/operator', '/password', '/tenantId']);
  });

  it('refuses passwords that are short or guessed first, and stores none of them', async () => {
    for (const password of ['short', 'password123', 'Qwertyuiop!', 'x'.repeat(129)]) {
      const answer = await app.api().post('/auth/register').send({ email: address(), password, name: 'Ada' });
      expect(answer.status, password).toBe(422);
      expect(answer.body.errors[0].pointer).toBe('/password');
    }
    const stored = await app.db.sql<{ password_hash: string }>('SELECT password_hash FROM user_account');
    for (const row of stored) expect(row.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it('refuses an address that is taken, in any spelling, also when two come at once', async () => {
    const email = address();
    const both = await Promise.all([0, 1].map(() => app.api().post('/auth/register').send({ email, password: PASSWORD, name: 'Ada' })));
    expect(both.map((answer) => answer.status).toSorted()).toEqual([201, 409]);
    const again = await app.api().post('/auth/register').send({ email: email.toUpperCase(), password: PASSWORD, name: 'Ada' });
    expect(again.status).toBe(409);
    expect(again.body.code).toBe('email_taken');
    const tenants = await app.db.sql<{ n: number }>(
      'SELECT count(*)::int AS n FROM tenant t LEFT JOIN membership m ON m.tenant_id = t.id WHERE m.tenant_id IS NULL',
    );
    expect(tenants[0]!.n).toBe(0);
  });
});

describe('signing in', () => {
  it('answers an unknown address and a wrong password with the same words', async () => {
    const ada = await app.register();
    const wrong = await app.api().post('/auth/login').send({ email: ada.email, password: 'not the password' });
    const unknown = await app.api().post('/auth/login').send({ email: address(), password: 'not the password' });
    expect(wrong.status).toBe(401);
    const told = ({ code, title, detail, retryable }: Record<string, unknown>) => ({ code, title, detail, retryable });
    expect(told(wrong.body)).toEqual(told(unknown.body));
    expect(wrong.body.code).toBe('invalid_credentials');
  });

  it('takes about as long for an unknown address as for a known one', async () => {
    const ada = await app.register();
    const time = async (email: string): Promise<number> => {
      const started = performance.now();
      await app.api().post('/auth/login').send({ email, password: 'not the password' });
      return performance.now() - started;
    };
    const median = (all: number[]): number => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)]!;
    const known: number[] = [];
    const unknown: number[] = [];
    for (let i = 0; i < 7; i++) {
      known.push(await time(ada.email));
      unknown.push(await time(address()));
    }
    // A hash takes some 30 ms; without one an answer takes a tenth of that.
    expect(median(unknown)).toBeGreaterThan(median(known) / 2);
    expect(median(known)).toBeGreaterThan(median(unknown) / 2);
  });

  it('is slowed after ten failures, for strangers and members alike, with the time to wait, and works again afterwards', async () => {
    const ada = await app.register();
    for (const email of [ada.email, address()]) {
      const statuses: number[] = [];
      for (let i = 0; i < 12; i++)
        statuses.push(
          (
            await app
              .api()
              .post('/auth/login')
              .send({ email, password: `guess ${i}` })
          ).status,
        );
      expect(statuses.slice(0, 11)).toEqual(Array(11).fill(401));
      expect(statuses[11]).toBe(429);
    }
    // The waits double; a slow machine must not outlast the first of them.
    await app.db.sql(`UPDATE login_attempt SET blocked_until = now() + interval '30 seconds' WHERE blocked_until IS NOT NULL`);
    const refused = await app.api().post('/auth/login').send({ email: ada.email, password: ada.password });
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({ code: 'too_many_attempts', retryable: true });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    await app.db.sql(`UPDATE login_attempt SET blocked_until = now() - interval '1 second' WHERE blocked_until IS NOT NULL`);
    const right = await app.api().post('/auth/login').send({ email: ada.email, password: ada.password });
    expect(right.status).toBe(200);
    expect((await app.api().post('/auth/login').send({ email: ada.email, password: 'one typing error' })).status).toBe(401);
  });

  it('lets no burst of guesses slip through before the first failure is counted', async () => {
    const ada = await app.register();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        app
          .api()
          .post('/auth/login')
          .send({ email: ada.email, password: `guess ${i}` }),
      ),
    );
    expect(answers.filter((answer) => answer.status === 401).length).toBeLessThanOrEqual(11);
    expect(answers.every((answer) => [401, 429].includes(answer.status))).toBe(true);
  });

  it('stores no address that was tried', async () => {
    await app.api().post('/auth/login').send({ email: 'canary@example.org', password: 'canary canary' });
    const counters = await app.db.sql(`SELECT row_to_json(l)::text AS row FROM login_attempt l`);
    expect(JSON.stringify(counters)).not.toContain('canary');
  });

  it('understands neither a NUL nor a megabyte as a password', async () => {
    expect((await app.api().post('/auth/login').send({ email: 'a\u0000b@example.org', password: 'x' })).status).toBeLessThan(500);
    expect(
      (
        await app
          .api()
          .post('/auth/login')
          .send({ email: address(), password: 'x'.repeat(500_000) })
      ).status,
    ).toBe(422);
  });
});

describe('an access token', () => {
  let ada: Person;
  beforeAll(async () => void (ada = await app.register()));
  const status = async (token: string): Promise<number> => (await app.api(token).get('/users/me')).status;

  it('names person and session, and carries no right', () => {
    expect(decodeProtectedHeader(ada.token)).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt' });
    const claims = decodeJwt(ada.token);
    expect(Object.keys(claims).toSorted()).toEqual(['aud', 'exp', 'iat', 'iss', 'sid', 'sub']);
    expect(claims.sub).toBe(ada.userId);
    expect(claims.exp! - claims.iat!).toBe(600);
  });

  it('is refused when it is unsigned, signed by another key or algorithm, altered, expired, or meant for somebody else', async () => {
    const claims = decodeJwt(ada.token);
    const header = decodeProtectedHeader(ada.token) as { kid: string };
    const { privateKey } = generateKeyPairSync('ed25519');
    const forge = (changes: object, head: object = {}) =>
      new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', ...header, ...head });
    const [key] = await app.db.sql<{ public_jwk: { x: string } }>('SELECT public_jwk FROM signing_key');
    const [head, body, signature] = ada.token.split('.') as [string, string, string];
    const forged = [
      new UnsecuredJWT(claims).encode(),
      await forge({}).sign(privateKey),
      await forge({}, { kid: 'unknown' }).sign(privateKey),
      await forge({}, { kid: '../../etc/passwd' }).sign(privateKey),
      await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: header.kid, typ: 'at+jwt' }).sign(Buffer.from(key!.public_jwk.x, 'base64url')),
      `${head}.${Buffer.from(JSON.stringify({ ...claims, exp: claims.exp! + 3600 })).toString('base64url')}.${signature}`,
      `${head}.${body}.${signature.slice(0, -4)}AAAA`,
      `${head}.${body}.`,
      'a.b.c',
      'atl_live_x',
    ];
    for (const token of forged) expect(await status(token), token.slice(0, 60)).toBe(401);
    expect(await status(ada.token)).toBe(200);
  });

  it('is signed by a key whose private half lies in the database sealed only', async () => {
    const keys = await app.db.sql<{ private_sealed: Buffer; public_jwk: object }>('SELECT private_sealed, public_jwk FROM signing_key');
    expect(keys).toHaveLength(1);
    expect(keys[0]!.public_jwk).not.toHaveProperty('d');
    expect(keys[0]!.private_sealed.includes(Buffer.from('302e020100300506032b6570', 'hex'))).toBe(false);
  });
});

describe('a refresh token', () => {
  const exchange = (refreshToken: string, agent = 'client one') => app.api().post('/auth/refresh').set('user-agent', agent).send({ refreshToken });
  const signIn = async (): Promise<Person> => {
    const ada = await app.register();
    const answer = await app.api().post('/auth/login').set('user-agent', 'client one').send({ email: ada.email, password: ada.password });
    return { ...ada, token: answer.body.accessToken, refreshToken: answer.body.refreshToken };
  };
  /** As if the token had been used that long ago. */
  const age = (seconds: number) => app.db.sql(`UPDATE refresh_token SET used_at = used_at - make_interval(secs => $1) WHERE used_at IS NOT NULL`, [seconds]);

  it('is exchanged for new tokens, which work', async () => {
    const ada = await signIn();
    const next = await exchange(ada.refreshToken);
    expect(next.status).toBe(200);
    expect(next.body.refreshToken).not.toBe(ada.refreshToken);
    expect((await app.api(next.body.accessToken).get('/users/me')).body.id).toBe(ada.userId);
    expect((await exchange(next.body.refreshToken)).status).toBe(200);
  });

  it('ends the whole session when an old one is brought again, also for the one who holds the newest', async () => {
    const ada = await signIn();
    const next = await exchange(ada.refreshToken);
    await age(11);
    const reused = await exchange(ada.refreshToken);
    expect([reused.status, reused.body.code]).toEqual([401, 'refresh_token_reused']);
    expect((await exchange(next.body.refreshToken)).body.code).toBe('invalid_refresh_token');
    await eventually(
      () => app.api(next.body.accessToken).get('/users/me'),
      (answer) => answer.status === 401,
    );
  });

  it('sent twice at once by one client gets two answers and loses nothing', async () => {
    const ada = await signIn();
    const both = await Promise.all([exchange(ada.refreshToken), exchange(ada.refreshToken)]);
    expect(both.map((answer) => answer.status)).toEqual([200, 200]);
    expect((await exchange(both[0]!.body.refreshToken)).status).toBe(200);
    await age(11);
    // Of the two lines only one goes on: its twin is spent with it.
    expect((await exchange(both[1]!.body.refreshToken)).body.code).toBe('refresh_token_reused');
  });

  it('brought by another client within the grace time is a theft all the same', async () => {
    const ada = await signIn();
    expect((await exchange(ada.refreshToken)).status).toBe(200);
    expect((await exchange(ada.refreshToken, 'another client')).body.code).toBe('refresh_token_reused');
  });

  it('that is unknown, malformed or ended is refused', async () => {
    const ada = await signIn();
    expect((await exchange('nonsense')).status).toBe(401);
    expect((await app.api().post('/auth/refresh').send({ refreshToken: 7 })).status).toBe(422);
    expect((await app.api(ada.token).post('/auth/logout')).status).toBe(204);
    expect((await exchange(ada.refreshToken)).body.code).toBe('invalid_refresh_token');
  });

  it('is nowhere in the database in clear', async () => {
    const ada = await signIn();
    const rows = await app.db.sql(`SELECT row_to_json(r)::text AS row FROM refresh_token r UNION ALL SELECT row_to_json(s)::text FROM session s`);
    expect(JSON.stringify(rows)).not.toContain(ada.refreshToken);
  });
});

describe('a browser on our page', () => {
  it('gets cookies and no tokens: a secret one no script can read, and a CSRF token', async () => {
    const answer = await new Browser(app).signUp(address());
    expect(answer.status).toBe(201);
    expect(Object.keys(answer.body).toSorted()).toEqual(['tenant', 'user']);
    const cookies = cookiesOf(answer);
    const session = cookies.find((cookie) => cookie.startsWith('atelier_session='))!;
    expect(session).toMatch(/HttpOnly/);
    expect(session).toMatch(/SameSite=Lax/);
    expect(session).toMatch(/Path=\//);
    expect(cookies.find((cookie) => cookie.startsWith('atelier_csrf='))).not.toMatch(/HttpOnly/);
  });

  it('gets another cookie at each sign-in', async () => {
    const email = address();
    const first = cookiesOf(await new Browser(app).signUp(email))[0];
    expect(cookiesOf(await new Browser(app).signIn(email))[0]).not.toBe(first);
  });

  it('changes nothing without its CSRF token, nor from another origin', async () => {
    const email = address();
    const browser = new Browser(app);
    await browser.signUp(email);
    expect((await browser.get('/users/me')).body.email).toBe(email);
    expect((await browser.agent.patch('/users/me').send({ name: 'Eve' })).body.code).toBe('csrf_failed');
    expect((await browser.agent.patch('/users/me').set('x-csrf-token', 'guess').send({ name: 'Eve' })).body.code).toBe('csrf_failed');
    for (const origin of ['https://evil.example', 'null']) {
      expect((await browser.send('patch', '/users/me', { name: 'Eve' }).set('origin', origin)).status).toBe(401);
      expect((await browser.get('/users/me').set('origin', origin)).status).toBe(401);
    }
    expect((await browser.send('patch', '/users/me', { name: 'Beatrix' })).body.name).toBe('Beatrix');
  });

  it('is known by its cookie only: a bearer token from our own page counts for nothing', async () => {
    const ada = await app.register();
    expect((await app.api(ada.token).get('/users/me').set('origin', app.url)).status).toBe(401);
    expect((await app.api(ada.token).get('/users/me').set('origin', 'https://elsewhere.example')).status).toBe(200);
  });

  it('is signed out with its cookies, at once', async () => {
    const browser = new Browser(app);
    await browser.signUp(address());
    const out = await browser.send('post', '/auth/logout');
    expect(out.status).toBe(204);
    expect(cookiesOf(out).every((cookie) => /Expires=Thu, 01 Jan 1970/.test(cookie))).toBe(true);
    expect((await browser.get('/users/me')).status).toBe(401);
    expect((await browser.send('post', '/auth/logout')).status).toBe(204);
  });

  it('has to sign in again after 7 days without use and after 30 days in any case', async () => {
    for (const [column, days, status] of [
      ['last_used_at', 6.9, 200],
      ['last_used_at', 7.1, 401],
      ['expires_at', 29.9, 200],
      ['expires_at', 30.1, 401],
    ] as const) {
      const browser = new Browser(app);
      const { body } = await browser.signUp(address());
      await app.db.sql(
        `UPDATE session SET ${column} = ${column} - make_interval(secs => $1) FROM user_account u WHERE u.id = session.user_id AND u.email = $2`,
        [days * 86_400, body.user.email],
      );
      expect((await browser.get('/users/me')).status, `${column} ${days}`).toBe(status);
    }
  });
});

describe('the own account', () => {
  it('changes its name, and its password only with the current one; other sessions then end', async () => {
    const ada = await app.register();
    const other = await app.api().post('/auth/login').send({ email: ada.email, password: ada.password });
    expect((await app.api(ada.token).put('/users/me').send({ name: 'Augusta' })).body.name).toBe('Augusta');
    expect((await app.api(ada.token).patch('/users/me').send({ newPassword: 'another long passphrase' })).body.errors[0].pointer).toBe('/currentPassword');
    expect((await app.api(ada.token).patch('/users/me').send({ newPassword: 'another long passphrase', currentPassword: 'wrong' })).body.code).toBe(
      'wrong_current_password',
    );
    expect((await app.api(ada.token).patch('/users/me').send({ newPassword: 'another long passphrase', currentPassword: ada.password })).status).toBe(200);
    expect((await app.api().post('/auth/login').send({ email: ada.email, password: ada.password })).status).toBe(401);
    expect((await app.api().post('/auth/login').send({ email: ada.email, password: 'another long passphrase' })).status).toBe(200);
    await eventually(
      () => app.api(other.body.accessToken).get('/users/me'),
      (answer) => answer.status === 401,
    );
    expect((await app.api(ada.token).get('/users/me')).status).toBe(200);
  });

  it('cannot take an address that somebody else has, nor make itself an operator', async () => {
    const [ada, bea] = [await app.register(), await app.register()];
    expect((await app.api(ada.token).patch('/users/me').send({ email: bea.email, currentPassword: ada.password })).body.code).toBe('email_taken');
    for (const extra of [{ operator: true }, { role: 'owner' }, { id: bea.userId }, { emailVerified: true }])
      expect((await app.api(ada.token).patch('/users/me').send(extra)).status).toBe(422);
    const moved = await app.api(ada.token).patch('/users/me').send({ email: 'Moved@Atelier.test', currentPassword: ada.password });
    expect(moved.body).toMatchObject({ email: 'moved@atelier.test', emailVerified: false });
  });
});
