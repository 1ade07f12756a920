import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditSealer } from '../../src/accounts/audit/index.js';
import { parseId } from '../../src/platform/ids/index.js';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { eventually, join } from './people.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.close());

interface Entry {
  id: string;
  action: string;
  target: string | null;
  seq: number | null;
  hash: string | null;
  actor: { kind: string; userId?: string; via?: string };
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  ip: string | null;
}
const log = async (person: Person, query = ''): Promise<Entry[]> => (await app.api(person.token).get(`/tenant/audit?limit=100${query}`)).body.data as Entry[];
const verify = async (person: Person) =>
  (await app.api(person.token).get('/tenant/audit/verify')).body as {
    ok: boolean;
    sealed: number;
    unsealed: number;
    head: string;
    fault?: { seq: number; reason: string };
  };
const seal = () => app.nest.get(AuditSealer).sealAll();

/** A tenant with a few entries, all sealed. */
async function busyTenant(): Promise<{ ada: Person; tenantId: string }> {
  const ada = await app.register();
  for (let i = 0; i < 5; i++)
    await app
      .api(ada.token)
      .patch('/tenant')
      .send({ name: `Engines ${i}` });
  await seal();
  return { ada, tenantId: parseId('tnt', ada.tenantId) };
}

describe('the audit log', () => {
  it('says who did what to what, before and after, and by which way they came', async () => {
    const ada = await app.register();
    await app.api(ada.token).patch('/tenant').send({ name: 'Engines' });
    const [entry] = await log(ada, '&action=tenant.updated');
    expect(entry).toMatchObject({
      action: 'tenant.updated',
      target: ada.tenantId,
      actor: { kind: 'user', userId: ada.userId },
      before: { name: 'Ada' },
      after: { name: 'Engines' },
      ip: '127.0.0.1',
    });
    expect(entry!.actor.via).toMatch(/^ses_/);
    expect((await log(ada)).map((e) => e.action)).toContain('tenant.created');
  });

  it('has sign-ins, right and wrong, and no word of a password', async () => {
    const ada = await app.register();
    await app.api().post('/auth/login').send({ email: ada.email, password: 'canary canary' });
    await app.api().post('/auth/login').send({ email: ada.email, password: ada.password });
    const entries = await eventually(
      () => log(ada, '&action=auth.'),
      (found) => found.length === 2,
    );
    expect(entries.map(({ action, actor }) => [action, actor.kind])).toEqual([
      ['auth.signed_in', 'user'],
      ['auth.sign_in_refused', 'anonymous'],
    ]);
    const everything = JSON.stringify(await app.db.sql('SELECT row_to_json(a)::text AS row FROM audit_entry a'));
    for (const secret of ['canary', ada.password, ada.refreshToken]) expect(everything).not.toContain(secret);
  });

  it('has refused attempts, one a minute for one caller at one door', async () => {
    const [ada, bea] = [await app.register(), await app.register()];
    await join(app, bea, ada.tenantId, 'viewer');
    for (let i = 0; i < 5; i++) await app.api(bea.token).set('x-tenant', ada.tenantId).patch('/tenant').send({ name: 'Mine' });
    const entries = await eventually(
      () => log(ada, '&action=access.denied'),
      (found) => found.length > 0,
    );
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({ actor: { userId: bea.userId }, after: { attempted: 'PATCH /api/v1/tenant' } });
  });

  it('has no entry of a change that was rolled back', async () => {
    const ada = await app.register();
    const before = (await log(ada)).length;
    expect((await app.api(ada.token).delete(`/tenant/members/${ada.userId}`)).status).toBe(409);
    expect((await log(ada)).filter((e) => e.action.startsWith('member.'))).toEqual([]);
    expect((await log(ada)).length).toBeLessThanOrEqual(before + 1);
  });

  it('is filtered by action, person, target and time, and comes in pages', async () => {
    const { ada } = await busyTenant();
    expect(await log(ada, '&action=tenant.')).toHaveLength(6);
    expect(await log(ada, `&actorId=${ada.userId}`)).toHaveLength(5);
    expect(await log(ada, `&target=${ada.tenantId}`)).toHaveLength(6);
    expect(await log(ada, `&from=${encodeURIComponent(new Date(Date.now() + 60_000).toISOString())}`)).toEqual([]);
    const first = (await app.api(ada.token).get('/tenant/audit?limit=4')).body;
    const second = (await app.api(ada.token).get(`/tenant/audit?limit=4&cursor=${first.nextCursor}`)).body;
    const ids = [...first.data, ...second.data].map((e: Entry) => e.id);
    expect(new Set(ids).size).toBe(6);
    for (const query of ['actorId=ada', 'from=yesterday', 'action=%00', 'limit=0', 'limit=101', 'cursor=nonsense', 'colour=red'])
      expect((await app.api(ada.token).get(`/tenant/audit?${query}`)).status, query).toBe(422);
  });

  it('is seen by those who may audit, and never by another tenant', async () => {
    const [ada, eve, bea] = [await app.register(), await app.register(), await app.register()];
    await join(app, bea, ada.tenantId, 'auditor');
    expect((await app.api(bea.token).set('x-tenant', ada.tenantId).get('/tenant/audit')).status).toBe(200);
    expect(JSON.stringify(await log(eve))).not.toContain(ada.tenantId);
    expect(JSON.stringify(await log(eve, `&target=${ada.tenantId}`))).toBe('[]');
  });
});

describe('the audit chain', () => {
  it('is sealed by itself within seconds, numbered from 1 without a gap', async () => {
    const ada = await app.register();
    const entries = await eventually(
      () => log(ada),
      (found) => found.length > 0 && found.every((e) => e.seq !== null),
      15_000,
    );
    expect(entries.map((e) => e.seq).toSorted()).toEqual(entries.map((_, i) => i + 1));
  });

  it('verifies, and ends at the hash of its newest entry', async () => {
    const { ada } = await busyTenant();
    const proof = await verify(ada);
    expect(proof).toMatchObject({ ok: true, sealed: 6 });
    const newest = (await log(ada)).find((e) => e.seq === 6)!;
    expect(proof.head).toBe(newest.hash);
  });

  it('stays whole when several processes seal at once while entries are written', async () => {
    const ada = await app.register();
    const writes = Array.from({ length: 30 }, (_, i) =>
      app
        .api(ada.token)
        .patch('/tenant')
        .send({ name: `n${i}` }),
    );
    await Promise.all([...writes, seal(), seal(), seal()]);
    await Promise.all([seal(), seal(), seal()]);
    await seal();
    expect(await verify(ada)).toMatchObject({ ok: true, sealed: 31, unsealed: 0 });
  });

  it('cannot be changed, deleted or emptied by the program’s logins', async () => {
    const { tenantId } = await busyTenant();
    for (const statement of [`UPDATE audit_entry SET action = 'x'`, 'DELETE FROM audit_entry', 'TRUNCATE audit_entry', `UPDATE audit_head SET seq = 0`]) {
      await expect(app.db.as('app', tenantId, statement), statement).rejects.toThrow(/permission denied/);
    }
    await expect(app.db.as('system', null, `UPDATE audit_entry SET action = 'x'`)).rejects.toThrow(/permission denied/);
    await expect(app.db.as('system', null, 'DELETE FROM audit_entry')).rejects.toThrow(/permission denied/);
    await expect(app.db.as('system', null, 'UPDATE audit_entry SET seq = seq + 1 WHERE seq IS NOT NULL')).rejects.toThrow(/append-only/);
  });

  it('resists even the owner of the tables, until they switch its guard off', async () => {
    const { tenantId } = await busyTenant();
    await expect(app.db.sql(`UPDATE audit_entry SET action = 'x' WHERE tenant_id = $1`, [tenantId])).rejects.toThrow(/append-only/);
    await expect(app.db.sql(`DELETE FROM audit_entry WHERE tenant_id = $1`, [tenantId])).rejects.toThrow(/append-only/);
    await expect(app.db.sql('TRUNCATE audit_entry')).rejects.toThrow(/append-only/);
  });

  it('then tells the place of what was altered, taken out of the middle, or cut off the end', async () => {
    const forge = async (statement: string, tenantId: string): Promise<void> => {
      await app.db.sql('ALTER TABLE audit_entry DISABLE TRIGGER USER');
      await app.db.sql(statement, [tenantId]);
      await app.db.sql('ALTER TABLE audit_entry ENABLE TRIGGER USER');
    };
    const altered = await busyTenant();
    await forge(`UPDATE audit_entry SET after = jsonb_set(after, '{name}', '"Forged"') WHERE tenant_id = $1 AND seq = 3`, altered.tenantId);
    expect(await verify(altered.ada)).toMatchObject({ ok: false, fault: { seq: 3, reason: 'altered' } });
    const cut = await busyTenant();
    await forge('DELETE FROM audit_entry WHERE tenant_id = $1 AND seq = 2', cut.tenantId);
    expect(await verify(cut.ada)).toMatchObject({ ok: false, fault: { seq: 2, reason: 'missing' } });
    const short = await busyTenant();
    await forge('DELETE FROM audit_entry WHERE tenant_id = $1 AND seq = 6', short.tenantId);
    expect(await verify(short.ada)).toMatchObject({ ok: false, fault: { seq: 6, reason: 'missing' } });
  });
});
