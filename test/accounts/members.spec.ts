import { ROLE_PERMISSIONS, TENANT_ROLES } from '@atelier/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { eventually, join } from './people.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.close());

const as = (person: Person, tenantId: string) => app.api(person.token).set('x-tenant', tenantId);

describe('a tenant', () => {
  it('changes its name, time zone and settings, and nothing else', async () => {
    const ada = await app.register();
    const changed = await app
      .api(ada.token)
      .patch('/tenant')
      .send({ name: 'Engines', timeZone: 'Europe/Berlin', settings: { apiKeyMaxDays: 90 } });
    expect(changed.body).toMatchObject({ id: ada.tenantId, name: 'Engines', timeZone: 'Europe/Berlin', settings: { apiKeyMaxDays: 90 } });
    expect((await app.api(ada.token).patch('/tenant').send({ name: 'Engines & Co' })).body).toMatchObject({
      timeZone: 'Europe/Berlin',
      settings: { apiKeyMaxDays: 90 },
    });
    const bad = await app
      .api(ada.token)
      .patch('/tenant')
      .send({ name: '', timeZone: 'Mars/Olympus', settings: { apiKeyMaxDays: 0, colour: 'red' }, suspendedAt: null });
    expect(bad.body.errors.map((e: { pointer: string }) => e.pointer).toSorted()).toEqual([
      '/name',
      '/settings/apiKeyMaxDays',
      '/settings/colour',
      '/suspendedAt',
      '/timeZone',
    ]);
    expect((await app.api(ada.token).get('/tenant')).body.name).toBe('Engines & Co');
  });

  it('is chosen with X-Tenant among the own ones; any other does not exist', async () => {
    const [ada, bea, eve] = [await app.register(), await app.register(), await app.register()];
    await join(app, ada, bea.tenantId, 'viewer');
    expect((await as(ada, bea.tenantId).get('/tenant')).body.id).toBe(bea.tenantId);
    expect((await as(ada, bea.tenantId).get('/users/me')).body).toMatchObject({ role: 'viewer', tenant: { id: bea.tenantId } });
    expect((await as(ada, bea.tenantId).patch('/tenant').send({ name: 'Mine' })).body.code).toBe('permission_denied');
    for (const foreign of [eve.tenantId, 'tnt_01h2xcejqtf2nbrexx3vqjhp41', 'nonsense', ada.userId])
      expect((await as(ada, foreign).get('/tenant')).status, foreign).toBe(404);
  });

  it('shows the table of roles', async () => {
    const ada = await app.register();
    const { data } = (await app.api(ada.token).get('/tenant/roles')).body as { data: { role: string; permissions: string[] }[] };
    expect(data).toEqual(TENANT_ROLES.map((role) => ({ role, permissions: ROLE_PERMISSIONS[role] })));
  });
});

describe('members', () => {
  it('are listed with their roles; a role says what they may do, from the next requests on', async () => {
    const [ada, bea] = [await app.register(), await app.register()];
    await join(app, bea, ada.tenantId, 'member');
    const { data } = (await app.api(ada.token).get('/tenant/members')).body as { data: { userId: string; role: string }[] };
    expect(data.map(({ userId, role }) => [userId, role])).toEqual([
      [bea.userId, 'member'],
      [ada.userId, 'owner'],
    ]);
    expect((await as(bea, ada.tenantId).get('/tenant/audit')).status).toBe(403);
    expect((await app.api(ada.token).patch(`/tenant/members/${bea.userId}`).send({ role: 'auditor' })).body.role).toBe('auditor');
    await eventually(
      () => as(bea, ada.tenantId).get('/tenant/audit'),
      (answer) => answer.status === 200,
    );
    await app.api(ada.token).patch(`/tenant/members/${bea.userId}`).send({ role: 'viewer' });
    await eventually(
      () => as(bea, ada.tenantId).get('/tenant/audit'),
      (answer) => answer.status === 403,
    );
  });

  it('include an owner at any time, also when two owners leave at the same moment', async () => {
    const [ada, bea] = [await app.register(), await app.register()];
    expect((await app.api(ada.token).delete(`/tenant/members/${ada.userId}`)).body.code).toBe('last_owner');
    expect((await app.api(ada.token).patch(`/tenant/members/${ada.userId}`).send({ role: 'admin' })).body.code).toBe('last_owner');
    await join(app, bea, ada.tenantId, 'owner');
    const both = await Promise.all([app.api(ada.token).delete(`/tenant/members/${ada.userId}`), as(bea, ada.tenantId).delete(`/tenant/members/${bea.userId}`)]);
    expect(both.map((answer) => answer.status).toSorted()).toEqual([204, 409]);
  });

  it('who are admins touch no owner and make none', async () => {
    const [ada, bea, cleo] = [await app.register(), await app.register(), await app.register()];
    await join(app, bea, ada.tenantId, 'admin');
    await join(app, cleo, ada.tenantId, 'member');
    const admin = as(bea, ada.tenantId);
    expect((await admin.patch(`/tenant/members/${cleo.userId}`).send({ role: 'owner' })).body.code).toBe('owners_only');
    expect((await admin.patch(`/tenant/members/${bea.userId}`).send({ role: 'owner' })).body.code).toBe('owners_only');
    expect((await admin.delete(`/tenant/members/${ada.userId}`)).body.code).toBe('owners_only');
    expect((await admin.patch(`/tenant/members/${cleo.userId}`).send({ role: 'operator' })).status).toBe(422);
    expect((await admin.patch(`/tenant/members/${cleo.userId}`).send({ role: 'viewer' })).status).toBe(200);
  });

  it('who are deactivated lose the tenant and every session within 5 s, and keep their own tenant', async () => {
    const [ada, bea] = [await app.register(), await app.register()];
    await join(app, bea, ada.tenantId, 'member');
    expect((await as(bea, ada.tenantId).get('/tenant')).status).toBe(200);
    expect((await app.api(ada.token).delete(`/tenant/members/${bea.userId}`)).status).toBe(204);
    await eventually(
      () => as(bea, ada.tenantId).get('/tenant'),
      (answer) => [401, 404].includes(answer.status),
    );
    await eventually(
      () => app.api(bea.token).get('/users/me'),
      (answer) => answer.status === 401,
    );
    const back = await app.api().post('/auth/login').send({ email: bea.email, password: bea.password });
    expect(back.body.tenant.id).toBe(bea.tenantId);
    expect((await app.api(back.body.accessToken).get('/tenant').set('x-tenant', ada.tenantId)).status).toBe(404);
    expect((await app.api(ada.token).delete(`/tenant/members/${bea.userId}`)).status).toBe(204);
    expect((await app.api(ada.token).patch(`/tenant/members/${bea.userId}`).send({ role: 'admin' })).body.code).toBe('member_inactive');
  });

  it('of another tenant are 404, and so are people nobody knows', async () => {
    const [ada, eve] = [await app.register(), await app.register()];
    for (const id of [eve.userId, 'usr_01h2xcejqtf2nbrexx3vqjhp41', 'nonsense']) {
      expect((await app.api(ada.token).patch(`/tenant/members/${id}`).send({ role: 'viewer' })).status).toBe(404);
      expect((await app.api(ada.token).delete(`/tenant/members/${id}`)).status).toBe(404);
      expect((await app.api(ada.token).get(`/users/${id}`)).status).toBe(404);
    }
  });

  it('see each other’s name and address, and nobody else’s', async () => {
    const [ada, bea, eve] = [await app.register('Ada'), await app.register('Bea'), await app.register('Eve')];
    await join(app, bea, ada.tenantId, 'viewer');
    expect((await app.api(ada.token).get(`/users/${bea.userId}`)).body).toEqual({
      id: bea.userId,
      name: 'Bea',
      email: bea.email,
      createdAt: expect.any(String),
    });
    expect((await as(bea, ada.tenantId).get(`/users/${ada.userId}`)).body.name).toBe('Ada');
    const refused = await app.api(eve.token).get(`/users/${ada.userId}`);
    expect(refused.status).toBe(404);
    expect(refused.text).not.toContain(ada.email);
  });
});

describe('the application’s login in the database', () => {
  it('sees of people only id, name, address and date, and only of the tenant it is in', async () => {
    const [ada, bea] = [await app.register(), await app.register()];
    const tenant = (await app.db.sql<{ id: string }>(`SELECT default_tenant_id AS id FROM user_account WHERE email = $1`, [ada.email]))[0]!.id;
    const seen = await app.db.as<{ email: string }>('app', tenant, 'SELECT email FROM user_account');
    expect(seen.map((row) => row.email)).toEqual([ada.email]);
    expect(await app.db.as('app', null, 'SELECT email FROM user_account')).toEqual([]);
    await expect(app.db.as('app', tenant, 'SELECT password_hash FROM user_account')).rejects.toThrow(/permission denied/);
    await expect(app.db.as('app', tenant, `UPDATE tenant SET suspended_at = NULL`)).rejects.toThrow(/permission denied/);
    for (const table of ['session', 'refresh_token', 'signing_key', 'email_token', 'login_attempt'])
      await expect(app.db.as('app', tenant, `SELECT 1 FROM ${table}`), table).rejects.toThrow(/permission denied/);
    expect(bea.email).not.toBe(ada.email);
  });
});
