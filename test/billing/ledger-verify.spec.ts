import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, typeId } from '../../src/platform/ids/index.js';
import { Books } from './books.js';

const ROOT = resolve(import.meta.dirname, '../..');

describe('npm run ledger:verify', () => {
  let books: Books;
  const [ada, ben] = [newId(), newId()] as [string, string];

  const run = (args: string[], url = books.db.ownerUrl): Promise<{ code: number; output: string }> =>
    new Promise((done) => {
      execFile(process.execPath, ['scripts/ledger-verify.mjs', ...args], { cwd: ROOT, env: { ...process.env, DATABASE_URL: url } }, (error, stdout, stderr) =>
        done({ code: error ? Number(error.code) : 0, output: `${stdout}${stderr}` }),
      );
    });
  const verdict = async (...args: string[]) => {
    const { code, output } = await run(['--json', ...args]);
    return { code, ...JSON.parse(output.trim().split('\n').at(-1)!) };
  };
  const tampered = async (statement: string, tenant: string): Promise<void> => {
    await books.db.sql(`SET session_replication_role = replica; ${statement.replaceAll('$1', `'${tenant}'`)}; SET session_replication_role = origin`);
  };

  beforeAll(async () => {
    books = await Books.open();
    for (const tenant of [ada, ben]) {
      await books.db.sql(`INSERT INTO tenant (id, name) VALUES ($1, 'Books')`, [tenant]);
      await books.hold(tenant, 1000n, 2000n, 3000n);
      while ((await books.db.as<{ n: number }>('system', null, 'SELECT ledger_seal_entries($1, 2) AS n', [tenant]))[0]!.n > 0);
    }
    await books.hold(ben, 500n);
  });
  afterAll(() => books.close());

  it('says that whole books are whole, how many entries stand under seals and how many do not yet', async () => {
    expect(await verdict()).toMatchObject({ code: 0, ok: true, tenants: 2, seals: 4, entries: '9', unsealed: '1', problems: [] });
    expect(await verdict('--tenant', typeId('tnt', ada))).toMatchObject({ code: 0, tenants: 1, entries: '4', unsealed: '0' });
    expect((await run([])).output).toContain('The books are whole');
  });
  it('finds an entry that was changed after it was sealed, and only in the tenant whose it is', async () => {
    await tampered(`UPDATE ledger_entry SET reason = 'nothing to see' WHERE tenant_id = $1 AND seq = 3`, ada);
    const found = await verdict();
    expect(found).toMatchObject({
      code: 1,
      ok: false,
      problems: [{ tenantId: typeId('tnt', ada), rule: 'chain', detail: expect.stringContaining('seal 3–4') }],
    });
    expect(await verdict('--tenant', typeId('tnt', ben))).toMatchObject({ code: 0, ok: true });
  });
  it('finds an amount that was changed before it was sealed, by the rules of the books', async () => {
    await tampered('UPDATE ledger_entry SET amount_milli = 499 WHERE tenant_id = $1 AND seq = 5', ben);
    const found = await verdict('--tenant', typeId('tnt', ben));
    expect(found.code).toBe(1);
    expect(found.problems.map((problem: { rule: string }) => problem.rule)).toEqual(
      expect.arrayContaining(['ledger.wallet_is_sum_of_entries', 'ledger.one_hold_one_end']),
    );
  });
  it('says what is wrong with an argument or a setting', async () => {
    expect(await run(['--tenant', 'ada'])).toMatchObject({ code: 64, output: expect.stringContaining('tnt_') });
    expect(await run(['--all'])).toMatchObject({ code: 64, output: expect.stringContaining('Usage') });
    expect(await run([], 'postgres://nobody:x@127.0.0.1:1/none')).toMatchObject({ code: 78, output: expect.stringContaining('DATABASE_URL') });
    expect(await run(['--help'])).toMatchObject({ code: 0 });
  });
});
