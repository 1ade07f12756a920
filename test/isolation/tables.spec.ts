import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDatabase, type TestDatabase } from '../support/database.js';

/**
 * Functions that pass row level security. The first four read before a tenant is known, each at most one thing about one secret or id; the others touch what
 * belongs to no tenant: lanes, counters of limits, and the files of weights with their thermal states.
 */
const DEFINER_FUNCTIONS =
  /^(session_by_hash|session_by_id|api_key_by_lookup|memberships_of|ensure_lane|take_limits|declare_weights|forget_weights|hold_task_of_weights_off)$/;

interface Column {
  table_name: string;
  column_name: string;
}

describe('every table', () => {
  let db: TestDatabase;
  let tenantless: Map<string, string>;
  let tenantTables: string[];

  beforeAll(async () => {
    db = await makeDatabase();
    tenantless = new Map((await db.sql<{ table_name: string; reason: string }>('SELECT * FROM tenantless')).map((row) => [row.table_name, row.reason]));
    const tables = await db.sql<{ name: string }>(
      `SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = 'atelier'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1`,
    );
    tenantTables = tables.map((t) => t.name).filter((name) => !tenantless.has(name));
  });
  afterAll(() => db.drop());

  it('without a tenant is listed with its reason', () => {
    expect(tenantTables.length).toBeGreaterThan(10);
    for (const [table, reason] of tenantless) expect(reason.length, table).toBeGreaterThan(8);
  });
  it('of tenants has a tenant_id that is never null', async () => {
    const columns = await db.sql<Column & { is_nullable: string }>(
      `SELECT table_name, column_name, is_nullable FROM information_schema.columns WHERE table_schema = 'atelier' AND column_name = 'tenant_id'`,
    );
    const withTenant = new Set(columns.filter((c) => c.is_nullable === 'NO').map((c) => c.table_name));
    expect(tenantTables.filter((table) => !withTenant.has(table))).toEqual([]);
  });
  it('of tenants has row level security enabled and forced', async () => {
    const open = await db.sql<{ relname: string }>(
      `SELECT relname FROM pg_class WHERE relnamespace = 'atelier'::regnamespace AND relname = ANY($1) AND NOT (relrowsecurity AND relforcerowsecurity)`,
      [tenantTables],
    );
    expect(open).toEqual([]);
  });
  it('of tenants has a policy for the application that compares its tenant on reading and on writing, and one for system work', async () => {
    const policies = await db.sql<{ tablename: string; policyname: string; cmd: string; roles: string[]; qual: string; with_check: string }>(
      `SELECT tablename, policyname, cmd, roles::text[], qual, with_check FROM pg_policies WHERE schemaname = 'atelier'`,
    );
    for (const table of tenantTables) {
      const of = policies.filter((policy) => policy.tablename === table);
      expect(of.map((policy) => policy.roles.join()).toSorted(), table).toEqual(['atelier_app', 'atelier_system']);
      const app = of.find((policy) => policy.roles.includes('atelier_app'))!;
      expect(app.cmd).toBe('ALL');
      expect(app.qual, table).toContain("current_setting('app.tenant_id'");
      expect(app.with_check, table).toBe(app.qual);
    }
  });
  it('of tenants has an index that begins with tenant_id', async () => {
    const indexed = await db.sql<{ name: string }>(
      `SELECT DISTINCT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
        WHERE c.relnamespace = 'atelier'::regnamespace AND a.attname = 'tenant_id'`,
    );
    const names = new Set(indexed.map((row) => row.name));
    expect(tenantTables.filter((table) => !names.has(table))).toEqual([]);
  });
  it('of tenants carries tenant_id in each unique key but the uuid primary key', async () => {
    const keys = await db.sql<{ table: string; name: string; columns: string[]; types: string[] }>(
      `SELECT c.relname AS table, ic.relname AS name, array_agg(a.attname::text) AS columns, array_agg(format_type(a.atttypid, a.atttypmod)) AS types
         FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
        WHERE c.relnamespace = 'atelier'::regnamespace AND i.indisunique AND c.relname = ANY($1) GROUP BY 1, 2`,
      [tenantTables],
    );
    // A random secret, a random id, or a counter of the database says nothing about another tenant.
    const telling = keys.filter(({ columns, types }) => !columns.includes('tenant_id') && !types.some((type) => ['uuid', 'bytea', 'bigint'].includes(type)));
    expect(telling.filter(({ name }) => name !== 'api_key_lookup_key')).toEqual([]);
  });
  it('refers to other tenants’ tables by (tenant_id, id) only', async () => {
    const simple = await db.sql<{ name: string }>(
      `SELECT c.conname AS name FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid
        WHERE c.contype = 'f' AND t.relname = ANY($1) AND r.relname = ANY($1) AND r.relname <> 'tenant'
          AND NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey) AND a.attname = 'tenant_id')`,
      [tenantTables],
    );
    expect(simple).toEqual([]);
  });
  it('shows the application nothing when no tenant is set, and only its own rows when one is', async () => {
    for (const table of tenantTables) {
      const privileges = await db.sql<{ may: boolean }>(`SELECT has_table_privilege('atelier_app', $1, 'SELECT') AS may`, [`atelier.${table}`]);
      if (!privileges[0]!.may) continue;
      expect(await db.as('app', null, `SELECT * FROM "${table}" LIMIT 1`), table).toEqual([]);
    }
  });
  it('belongs to the owner of the migrations; the program’s logins own none', async () => {
    const owned = await db.sql(
      `SELECT relname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE relnamespace = 'atelier'::regnamespace AND relkind IN ('r', 'v', 'm', 'S') AND r.rolname ~ '(app|system|queue)'`,
    );
    expect(owned).toEqual([]);
  });
  it('is no materialised view, and every view asks with the rights of its reader', async () => {
    const views = await db.sql(
      `SELECT relname FROM pg_class WHERE relnamespace = 'atelier'::regnamespace AND (relkind = 'm' OR (relkind = 'v' AND NOT coalesce(reloptions::text, '') ~ 'security_invoker=(true|on)'))`,
    );
    expect(views).toEqual([]);
  });
  it('is read past row level security only by the listed functions, which belong to the system role and are closed to everybody else', async () => {
    const definers = await db.sql<{ name: string; owner: string; acl: string | null; config: string | null }>(
      `SELECT p.proname AS name, r.rolname AS owner, p.proacl::text AS acl, p.proconfig::text AS config FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
        WHERE p.pronamespace = 'atelier'::regnamespace AND p.prosecdef ORDER BY 1`,
    );
    for (const fn of definers) {
      expect(fn.name).toMatch(DEFINER_FUNCTIONS);
      expect(fn.owner, fn.name).toBe('atelier_system');
      expect(fn.config, fn.name).toContain('search_path');
      expect(fn.acl, `${fn.name} is open to everybody`).not.toMatch(/[{,]=X/);
    }
  });
});
