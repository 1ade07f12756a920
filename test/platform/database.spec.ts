import type { EntityManager } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppDb, DataSources, eachRow, onCommit, assertNoTransaction, rows, SystemTx, TenantTx } from '../../src/platform/database/index.js';
import { newId } from '../../src/platform/ids/index.js';
import { makeDatabase, type TestDatabase } from '../support/database.js';

describe('TenantTx', () => {
  let db: TestDatabase;
  let sources: DataSources;
  let tenantTx: TenantTx;
  let systemTx: SystemTx;
  const [ada, bob] = [newId(), newId()];
  const insert = (tenantId: string) =>
    `INSERT INTO mail_message (tenant_id, id, to_address, subject, body_text) VALUES ('${tenantId}', '${newId()}', 'a@b.test', 's', 't')`;

  beforeAll(async () => {
    db = await makeDatabase();
    sources = await DataSources.open(db.urls);
    tenantTx = new TenantTx(sources.app);
    systemTx = new SystemTx(sources.system);
    await tenantTx.run({ tenantId: ada }, (em) => rows(em, insert(ada)));
    await tenantTx.run({ tenantId: bob }, (em) => rows(em, insert(bob)));
  });
  afterAll(async () => {
    await sources.close();
    await db.drop();
  });

  it('shows a tenant its own rows only', async () => {
    const seen = await tenantTx.run({ tenantId: ada }, (em) => rows<{ tenant_id: string }>(em, 'SELECT tenant_id FROM mail_message'));
    expect(seen.map((row) => row.tenant_id)).toEqual([ada]);
  });
  it('refuses a row for another tenant', async () => {
    await expect(tenantTx.run({ tenantId: ada }, (em) => rows(em, insert(bob)))).rejects.toThrow(/row-level security/);
  });
  it('leaves no tenant behind on the connection', async () => {
    await tenantTx.run({ tenantId: ada }, (em) => rows(em, 'SELECT 1'));
    for (let i = 0; i < 10; i++) expect(await sources.app.query('SELECT * FROM mail_message')).toEqual([]);
  });
  it('3,000 concurrent transactions of 40 tenants, every 7th failing, never see a foreign row', async () => {
    const tenants = Array.from({ length: 40 }, () => newId());
    await Promise.all(tenants.map((tenantId) => tenantTx.run({ tenantId }, (em) => rows(em, insert(tenantId)))));
    let leaks = 0;
    await Promise.all(
      Array.from({ length: 3000 }, async (_, i) => {
        const tenantId = tenants[i % tenants.length]!;
        await tenantTx
          .run({ tenantId }, async (em) => {
            for (const row of await rows<{ tenant_id: string }>(em, 'SELECT tenant_id FROM mail_message')) if (row.tenant_id !== tenantId) leaks++;
            if (i % 7 === 0) throw new Error('on purpose');
          })
          .catch((error: Error) => expect(error.message).toBe('on purpose'));
      }),
    );
    expect(leaks).toBe(0);
  });
  it('joins the open transaction of the same tenant and refuses another', async () => {
    await tenantTx.run({ tenantId: ada }, async (outer) => {
      await tenantTx.run({ tenantId: ada }, async (inner) => expect(inner).toBe(outer));
      await expect(tenantTx.run({ tenantId: bob }, async () => undefined)).rejects.toMatchObject({ code: 'transaction_of_another_tenant' });
      await expect(systemTx.run('test', async () => undefined)).rejects.toMatchObject({ code: 'transaction_of_a_tenant' });
    });
  });
  it('hands rows over as they arrive; who refuses one, and a statement that fails, ends the transaction and leaves the connection sound', async () => {
    const numbers = (em: EntityManager, sql: string, take: (row: { n: number }) => void): Promise<void> => eachRow(em, sql, [1000], take);
    const counted = 'SELECT n FROM generate_series(1, $1::int) n';
    for (let round = 0; round < 10; round++) {
      const taken: number[] = [];
      await tenantTx.run({ tenantId: ada }, (em) => numbers(em, counted, ({ n }) => taken.push(n)));
      expect([taken.length, taken.at(-1)]).toEqual([1000, 1000]);
      const refusing = tenantTx.run({ tenantId: ada }, (em) =>
        numbers(em, counted, ({ n }) => {
          if (n === 500) throw new Error('no more');
        }),
      );
      await expect(refusing).rejects.toThrow('no more');
      const failing = tenantTx.run({ tenantId: ada }, (em) => numbers(em, 'SELECT 1 / (900 - n) AS n FROM generate_series(1, $1::int) n', () => undefined));
      await expect(failing).rejects.toThrow(/division by zero/);
    }
  });
  it('runs after-commit callbacks after a commit and never after a rollback', async () => {
    const ran: string[] = [];
    await tenantTx.run({ tenantId: ada }, async () => onCommit(() => ran.push('committed')));
    await tenantTx.run({ tenantId: ada }, async () => (onCommit(() => ran.push('rolled back')), Promise.reject(new Error('no')))).catch(() => undefined);
    expect(ran).toEqual(['committed']);
  });
  it('tells clients of other stores that a transaction is open', async () => {
    await tenantTx.run({ tenantId: ada }, async () => expect(() => assertNoTransaction('storage')).toThrow(/transaction is open/));
    expect(() => assertNoTransaction('storage')).not.toThrow();
  });
  it('reads of the application join the open transaction: no holder of a connection waits for a second one', async () => {
    const appDb = new AppDb(sources.app);
    const backend = 'SELECT pg_backend_pid() AS pid';
    const same = async (em: EntityManager) => expect(await appDb.query(backend)).toEqual(await rows(em, backend));
    await tenantTx.run({ tenantId: ada }, same);
    await systemTx.run('test', same);
    expect(await appDb.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
  it('the system login sees every tenant; neither login owns or bypasses anything', async () => {
    const seen = await systemTx.run('test', (em) => rows<{ tenant_id: string }>(em, 'SELECT DISTINCT tenant_id FROM mail_message'));
    expect(seen.length).toBeGreaterThan(2);
    const roles = await db.sql<{ rolname: string }>(
      `SELECT rolname FROM pg_roles WHERE rolname ~ '^atelier_' AND (rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole)`,
    );
    expect(roles).toEqual([]);
  });
  it('survives the loss of its connections', async () => {
    await db.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'atelier app%' AND datname = current_database()`);
    const seen = await tenantTx.run({ tenantId: ada }, (em) => rows(em, 'SELECT 1 AS one'));
    expect(seen).toEqual([{ one: 1 }]);
  });
});
