import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { eventually } from './people.js';

let app: TestApp;
let ada: Person;
beforeAll(async () => {
  app = await startApp();
  ada = await app.register('Ada');
});
afterAll(() => app.close());

const operator = () => app.api(app.operator.token);

describe('an operator', () => {
  it('has operator rights beside those in the own tenant, and none in other tenants', async () => {
    const me = (await operator().get('/users/me')).body;
    expect(me).toMatchObject({ operator: true, role: 'owner' });
    expect(me.permissions).toEqual(expect.arrayContaining(['operator:tenants', 'fleet:read', 'tenant:write']));
    expect((await operator().get('/tenant').set('x-tenant', ada.tenantId)).status).toBe(404);
    expect((await operator().get(`/users/${ada.userId}`)).status).toBe(404);
  });

  it('lists tenants with head count, owner and plan; each look is in the own audit log', async () => {
    await app.setPlan(ada.tenantId, 'pro');
    const answer = await operator().get('/operator/tenants').query({ search: ada.email });
    expect(answer.body.data).toEqual([
      expect.objectContaining({ id: ada.tenantId, name: 'Ada', members: 1, ownerEmail: ada.email, plan: 'pro', suspendedAt: null }),
    ]);
    expect((await operator().get('/operator/tenants?limit=1')).body).toMatchObject({ hasMore: true });
    const looks = (await operator().get('/tenant/audit?action=operator.tenants_listed')).body.data as { after: unknown }[];
    expect(looks.some((entry) => JSON.stringify(entry.after).includes(ada.email))).toBe(true);
  });

  it('is the only one who may', async () => {
    for (const path of ['/operator/tenants', '/operator/mail']) {
      expect((await app.api(ada.token).get(path)).body.code).toBe('permission_denied');
      expect((await app.api().get(path)).status).toBe(401);
    }
    expect((await app.api(ada.token).post(`/operator/tenants/${ada.tenantId}/suspend`).send({ suspended: true })).status).toBe(403);
  });

  it('suspends a tenant within 5 s and lets it in again; both logs say so', async () => {
    const bea = await app.register('Bea');
    expect((await app.api(bea.token).get('/tenant')).status).toBe(200);
    expect((await operator().post(`/operator/tenants/${bea.tenantId}/suspend`).send({ suspended: true, reason: 'unpaid' })).body.suspendedAt).not.toBeNull();
    await eventually(
      () => app.api(bea.token).get('/tenant'),
      (answer) => answer.body.code === 'tenant_suspended',
    );
    expect((await operator().post(`/operator/tenants/${bea.tenantId}/suspend`).send({ suspended: false })).body.suspendedAt).toBeNull();
    await eventually(
      () => app.api(bea.token).get('/tenant'),
      (answer) => answer.status === 200,
    );
    const own = (await app.api(bea.token).get('/tenant/audit')).body.data as { action: string }[];
    expect(own.map((entry) => entry.action)).toEqual(expect.arrayContaining(['tenant.suspended', 'tenant.resumed']));
    const unknown = await operator().post('/operator/tenants/tnt_01h2xcejqtf2nbrexx3vqjhp41/suspend').send({ suspended: true });
    expect(unknown.status).toBe(404);
  });
});

describe('a forgotten password', () => {
  const tokenFor = async (email: string): Promise<string> => {
    const mails = await eventually(
      async () => (await operator().get('/operator/mail')).body.data as { to: string; text: string }[],
      (found) => found.some((mail) => mail.to === email),
    );
    return /#token=([A-Za-z0-9_-]{43})/.exec(mails.find((mail) => mail.to === email)!.text)![1]!;
  };
  const reset = (token: string, password = 'a brand new passphrase') => app.api().post('/auth/reset-password').send({ token, password });

  it('is replaced with the link of a mail, once; every session ends, and the address counts as proven', async () => {
    const bea = await app.register('Bea');
    expect((await app.api().post('/auth/forgot-password').send({ email: bea.email.toUpperCase() })).status).toBe(202);
    const token = await tokenFor(bea.email);
    expect((await reset(token, 'password1')).body.errors[0].pointer).toBe('/password');
    expect((await reset(token)).status).toBe(204);
    expect((await reset(token)).body.code).toBe('link_invalid');
    await eventually(
      () => app.api(bea.token).get('/users/me'),
      (answer) => answer.status === 401,
    );
    expect((await app.api().post('/auth/login').send({ email: bea.email, password: bea.password })).status).toBe(401);
    const back = await app.api().post('/auth/login').send({ email: bea.email, password: 'a brand new passphrase' });
    expect((await app.api(back.body.accessToken).get('/users/me')).body.emailVerified).toBe(true);
  });

  it('asked for with an unknown address is answered the same, and no mail is written', async () => {
    const answer = await app.api().post('/auth/forgot-password').send({ email: 'stranger@example.org' });
    expect([answer.status, answer.text]).toEqual([202, '']);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await operator().get('/operator/mail')).text).not.toContain('stranger@example.org');
  });

  it('is not replaced with a link that is old, replaced by a newer one, or made up', async () => {
    const bea = await app.register('Bea');
    await app.api().post('/auth/forgot-password').send({ email: bea.email });
    const first = await tokenFor(bea.email);
    await app.db.sql(`UPDATE email_token SET expires_at = now() - interval '1 second'`);
    for (const token of [first, 'made-up', '']) expect((await reset(token)).status, token).toBe(422);
    expect(JSON.stringify(await app.db.sql('SELECT row_to_json(t)::text AS row FROM email_token t'))).not.toContain(first);
  });

  it.each([
    ['the address', { email: 'bea-moved@example.org' }],
    ['the password', { newPassword: 'another long passphrase' }],
  ])('is not replaced with a link that was asked for before a change of %s', async (_, change) => {
    const bea = await app.register('Bea');
    await app.api().post('/auth/forgot-password').send({ email: bea.email });
    const token = await tokenFor(bea.email);
    const changed = await app
      .api(bea.token)
      .patch('/users/me')
      .send({ ...change, currentPassword: bea.password });
    expect(changed.status, changed.text).toBe(200);
    expect((await reset(token)).body.code).toBe('link_invalid');
  });

  it('is not replaced with a link sent to an address that the account has no more, even where the link still stands', async () => {
    const bea = await app.register('Bea');
    await app.api().post('/auth/forgot-password').send({ email: bea.email });
    const token = await tokenFor(bea.email);
    await app.db.sql(`UPDATE user_account SET email = 'elsewhere-' || email WHERE email = $1`, [bea.email]);
    expect((await reset(token)).body.code).toBe('link_invalid');
  });

  it('cannot be asked for without end', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) statuses.push((await app.api().post('/auth/forgot-password').send({ email: 'flooded@example.org' })).status);
    expect(statuses.at(-1)).toBe(429);
  });
});
