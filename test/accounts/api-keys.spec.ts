import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ApiKeys } from '../../src/accounts/api-keys/index.js';
import { parseId } from '../../src/platform/ids/index.js';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { eventually, join } from './people.js';

let app: TestApp;
let ada: Person;
beforeAll(async () => {
  app = await startApp();
  ada = await app.register();
  await app.setPlan(ada.tenantId, 'pro');
});
afterAll(() => app.close());

interface Made {
  id: string;
  key: string;
  prefix: string;
}
const make = async (wish: object = {}, owner: Person = ada): Promise<Made> => {
  const answer = await app
    .api(owner.token)
    .post('/api-keys')
    .send({ name: 'ci', scopes: ['job:read', 'usage:read'], ...wish });
  expect(answer.status, answer.text).toBe(201);
  return answer.body as Made;
};
const use = (key: string) => app.api(key).get('/users/me');

describe('an API key', () => {
  it('needs a plan that has keys, and the refusal names the plan', async () => {
    const poor = await app.register();
    const answer = await app
      .api(poor.token)
      .post('/api-keys')
      .send({ name: 'ci', scopes: ['job:read'] });
    expect([answer.status, answer.body.code, answer.body.plan, answer.body.planRequired]).toEqual([403, 'plan_required', 'Free', 'Pro']);
    expect(answer.body.detail).toMatch(/Free.*Pro/);
  });

  it('is shown once, and only its hash is kept', async () => {
    const made = await make();
    expect(made.key).toMatch(/^atl_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{30}_[0-9A-Za-z]{6}$/);
    expect(made.key.startsWith(made.prefix)).toBe(true);
    const listed = await app.api(ada.token).get('/api-keys');
    expect(listed.body.data.map((key: Made) => key.id)).toContain(made.id);
    expect(listed.text).not.toContain(made.key);
    const secret = made.key.split('_')[3]!;
    for (const table of ['api_key', 'audit_entry', 'outbox', 'idempotency_key'])
      expect(JSON.stringify(await app.db.sql(`SELECT row_to_json(t)::text AS row FROM ${table} t`)), table).not.toContain(secret);
  });

  it('is not kept in clear for a replay either', async () => {
    const send = () =>
      app
        .api(ada.token)
        .post('/api-keys')
        .set('idempotency-key', 'make-one')
        .send({ name: 'ci', scopes: ['job:read'] });
    const secret = (await send()).body.key.split('_')[3];
    await send();
    expect(JSON.stringify(await app.db.sql('SELECT row_to_json(t)::text AS row FROM idempotency_key t'))).not.toContain(secret);
  });

  it('acts for its owner, within its scopes', async () => {
    const { key } = await make();
    const me = await use(key);
    expect(me.body).toMatchObject({ id: ada.userId, tenant: { id: ada.tenantId }, role: 'owner', permissions: ['job:read', 'usage:read'], operator: false });
    expect((await app.api(key).get('/tenant/members')).body.code).toBe('permission_denied');
    expect(
      (
        await app
          .api(key)
          .post('/api-keys')
          .send({ name: 'x', scopes: ['job:read'] })
      ).body.code,
    ).toBe('permission_denied');
  });

  it('never gets a scope that keys may not have, or that its owner lacks', async () => {
    const answer = await app
      .api(ada.token)
      .post('/api-keys')
      .send({ name: '', scopes: ['member:write'], expiresAt: 'tomorrow', ipAllow: 'everywhere' });
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map((e: { pointer: string }) => e.pointer).toSorted()).toEqual(['/expiresAt', '/ipAllow', '/name', '/scopes']);
    const bea = await app.register();
    await join(app, bea, ada.tenantId, 'member');
    const beyond = await app
      .api(bea.token)
      .post('/api-keys')
      .set('x-tenant', ada.tenantId)
      .send({ name: 'b', scopes: ['job:read'], ipAllow: ['nowhere'], expiresAt: '2020-01-01T00:00:00Z' });
    expect(beyond.body.errors.map((e: { code: string }) => e.code).toSorted()).toEqual(['in_the_past', 'not_an_address']);
  });

  it('of a member who becomes a viewer can do no more than a viewer', async () => {
    const bea = await app.register();
    await join(app, bea, ada.tenantId, 'member');
    const made = await app
      .api(bea.token)
      .post('/api-keys')
      .set('x-tenant', ada.tenantId)
      .send({ name: 'b', scopes: ['job:create', 'job:read'] });
    expect((await use(made.body.key)).body.permissions).toEqual(['job:create', 'job:read']);
    await app.api(ada.token).patch(`/tenant/members/${bea.userId}`).send({ role: 'viewer' });
    await eventually(
      () => use(made.body.key),
      (answer) => answer.body.permissions?.length === 1,
    );
  });

  it('with a typing error is refused without a query', async () => {
    const { key } = await make();
    const asked = vi.spyOn(app.nest.get(ApiKeys)['repository'], 'findGrant');
    for (const wrong of [`${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`, key.slice(0, -7), `${key}0`, 'atl_live_']) {
      expect((await use(wrong)).body.code, wrong).toBe('invalid_api_key');
    }
    expect(asked).not.toHaveBeenCalled();
    asked.mockRestore();
  });

  it('with another secret, however well formed, is refused', async () => {
    const [one, two] = [await make(), await make()];
    const { checksum } = await import('../../src/accounts/api-keys/key-format.js');
    const body = `${one.prefix}_${two.key.split('_')[3]}`;
    expect((await use(`${body}_${checksum(body)}`)).body.code).toBe('invalid_api_key');
  });

  it('that is busy costs one look-up in seconds, not one a request', async () => {
    const { key } = await make();
    const asked = vi.spyOn(app.nest.get(ApiKeys), 'findGrant');
    await Promise.all(Array.from({ length: 40 }, () => use(key)));
    expect(asked.mock.calls.length).toBe(1);
    asked.mockRestore();
  });

  it('works only from its addresses', async () => {
    const [here, elsewhere] = [await make({ ipAllow: ['127.0.0.0/8'] }), await make({ ipAllow: ['203.0.113.0/24', '2001:db8::/32'] })];
    expect((await use(here.key)).status).toBe(200);
    const refused = await use(elsewhere.key);
    expect([refused.status, refused.body.code]).toEqual([403, 'address_not_allowed']);
    expect((await app.api(ada.token).patch(`/api-keys/${elsewhere.id}`).send({ ipAllow: null })).body.ipAllow).toEqual([]);
    await eventually(
      () => use(elsewhere.key),
      (answer) => answer.status === 200,
    );
  });

  it('ends at its time', async () => {
    const made = await make({ expiresAt: new Date(Date.now() + 1200).toISOString() });
    expect((await use(made.key)).status).toBe(200);
    await eventually(
      () => use(made.key),
      (answer) => answer.body.code === 'api_key_ended',
    );
  });

  it('that is revoked stops everywhere within 5 s, and for good', async () => {
    const made = await make();
    expect((await use(made.key)).status).toBe(200);
    expect((await app.api(ada.token).delete(`/api-keys/${made.id}`)).status).toBe(204);
    await eventually(
      () => use(made.key),
      (answer) => answer.status === 401,
    );
    expect((await app.api(ada.token).delete(`/api-keys/${made.id}`)).status).toBe(204);
    expect((await app.api(ada.token).patch(`/api-keys/${made.id}`).send({ name: 'again' })).body.code).toBe('key_revoked');
    expect((await app.api(ada.token).post(`/api-keys/${made.id}/rotate`).send({})).body.code).toBe('key_revoked');
    const shown = (await app.api(ada.token).get('/api-keys')).body.data.find((key: Made) => key.id === made.id);
    expect(shown.revokedAt).not.toBeNull();
  });

  it('that is rotated works beside its new secret for the overlap, and no longer', async () => {
    const made = await make();
    const rotated = await app.api(ada.token).post(`/api-keys/${made.id}/rotate`).send({ overlapHours: 1 });
    expect(rotated.body.id).toBe(made.id);
    expect((await use(made.key)).status).toBe(200);
    expect((await use(rotated.body.key)).status).toBe(200);
    const again = await app.api(ada.token).post(`/api-keys/${made.id}/rotate`).send({ overlapHours: 0 });
    await eventually(
      () => use(made.key),
      (answer) => answer.status === 401,
    );
    await eventually(
      () => use(rotated.body.key),
      (answer) => answer.status === 401,
    );
    expect((await use(again.body.key)).status).toBe(200);
  });

  it("is its owner's: an admin neither gets its secret nor gives it more, but narrows and ends it", async () => {
    const bea = await app.register();
    await join(app, bea, ada.tenantId, 'member');
    const beas = app.api(bea.token).set('x-tenant', ada.tenantId);
    const wish = { name: 'mine', scopes: ['job:read', 'usage:read'], ipAllow: ['127.0.0.1', '203.0.113.0/24'], expiresAt: null };
    const made = (await beas.post('/api-keys').send(wish)).body as Made;
    const admin = app.api(ada.token);
    const rotated = await admin.post(`/api-keys/${made.id}/rotate`).send({});
    expect([rotated.status, rotated.body.code, rotated.body.key]).toEqual([403, 'permission_denied', undefined]);
    for (const more of [{ scopes: ['job:read', 'usage:read', 'asset:read'] }, { ipAllow: null }, { ipAllow: ['127.0.0.0/8'] }])
      expect((await admin.patch(`/api-keys/${made.id}`).send(more)).status, JSON.stringify(more)).toBe(403);
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    const less = await admin.patch(`/api-keys/${made.id}`).send({ scopes: ['job:read'], ipAllow: ['127.0.0.1'], expiresAt: soon });
    expect([less.status, less.body.scopes, less.body.ipAllow]).toEqual([200, ['job:read'], ['127.0.0.1']]);
    expect((await admin.patch(`/api-keys/${made.id}`).send({ expiresAt: null })).status).toBe(403);
    expect((await beas.patch(`/api-keys/${made.id}`).send({ ipAllow: null, expiresAt: null })).status).toBe(200);
    expect((await beas.post(`/api-keys/${made.id}/rotate`).send({})).status).toBe(200);
    expect((await admin.delete(`/api-keys/${made.id}`)).status).toBe(204);
  });

  it('stops with a plan that has none', async () => {
    const bea = await app.register();
    await app.setPlan(bea.tenantId, 'pro');
    const made = await make({}, bea);
    expect((await use(made.key)).status).toBe(200);
    await app.setPlan(bea.tenantId, 'free');
    await eventually(
      () => use(made.key),
      (answer) => answer.body.code === 'plan_required',
      11_000,
    );
  });

  it('remembers its last use', async () => {
    const made = await make();
    await use(made.key);
    const lastUsed = async () => (await app.api(ada.token).get('/api-keys')).body.data.find((key: Made) => key.id === made.id).lastUsedAt as string | null;
    await eventually(lastUsed, (at) => at !== null, 20_000);
  });

  it('lives no longer than the tenant allows', async () => {
    const bea = await app.register();
    await app.setPlan(bea.tenantId, 'pro');
    await app
      .api(bea.token)
      .patch('/tenant')
      .send({ settings: { apiKeyMaxDays: 30 } });
    const send = (expiresAt: string | null) =>
      app
        .api(bea.token)
        .post('/api-keys')
        .send({ name: 'k', scopes: ['job:read'], expiresAt });
    const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();
    expect((await send(null)).body.errors[0].code).toBe('too_late');
    expect((await send(inDays(31))).body.errors[0].code).toBe('too_late');
    expect((await send(inDays(29))).status).toBe(201);
  });
});

describe('keys of others', () => {
  it('are 404 for another tenant, whatever is tried', async () => {
    const eve = await app.register();
    await app.setPlan(eve.tenantId, 'pro');
    const { id } = await make();
    for (const answer of [
      await app.api(eve.token).patch(`/api-keys/${id}`).send({ name: 'mine' }),
      await app.api(eve.token).post(`/api-keys/${id}/rotate`).send({}),
      await app.api(eve.token).delete(`/api-keys/${id}`),
    ])
      expect(answer.status).toBe(404);
    expect((await app.api(eve.token).get('/api-keys')).text).not.toContain(id);
  });

  it('are 404 for a member of the same tenant, and there for its owners and admins', async () => {
    const [bea, cleo] = [await app.register(), await app.register()];
    await join(app, bea, ada.tenantId, 'member');
    await join(app, cleo, ada.tenantId, 'admin');
    const { id } = await make();
    const as = (person: Person) => app.api(person.token).set('x-tenant', ada.tenantId);
    expect((await as(bea).delete(`/api-keys/${id}`)).status).toBe(404);
    expect((await as(bea).get('/api-keys')).body.data).toEqual([]);
    expect((await as(cleo).get('/api-keys')).text).toContain(id);
    expect((await as(cleo).delete(`/api-keys/${id}`)).status).toBe(204);
  });

  it('do not act in another tenant, not even in one of their owner', async () => {
    const bea = await app.register();
    await join(app, ada, bea.tenantId, 'admin');
    const { key } = await make();
    expect((await app.api(key).get('/users/me').set('x-tenant', bea.tenantId)).status).toBe(404);
    expect((await app.api(key).get('/users/me').set('x-tenant', ada.tenantId)).status).toBe(200);
    expect((await use(key)).body.tenants).toHaveLength(1);
  });

  it('end when their owner leaves the tenant', async () => {
    const bea = await app.register();
    await join(app, bea, ada.tenantId, 'member');
    const made = await app
      .api(bea.token)
      .post('/api-keys')
      .set('x-tenant', ada.tenantId)
      .send({ name: 'b', scopes: ['job:read'] });
    expect((await use(made.body.key)).status).toBe(200);
    await app.api(ada.token).delete(`/tenant/members/${bea.userId}`);
    await eventually(
      () => use(made.body.key),
      (answer) => answer.status === 401,
    );
    await eventually(
      () => app.db.sql<{ revoked_at: Date | null }>('SELECT revoked_at FROM api_key WHERE id = $1', [parseId('key', made.body.id)]),
      ([row]) => row!.revoked_at !== null,
    );
  });
});
