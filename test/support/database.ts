import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import type { DatabaseUrls } from '../../src/platform/database/index.js';

export interface TestDatabase {
  urls: DatabaseUrls;
  ownerUrl: string;
  /** Runs a statement as the owner with search path `atelier` – a superuser here, past every policy. */
  sql<T extends object = Record<string, unknown>>(text: string, parameters?: unknown[]): Promise<T[]>;
  /** Runs a statement as one of the program's own logins, inside a tenant when given. */
  as<T extends object = Record<string, unknown>>(login: 'app' | 'system', tenantId: string | null, text: string, parameters?: unknown[]): Promise<T[]>;
  /** Ends every connection of the program and lets none in: to the books, that is what its death looks like. @returns lets them in again */
  cutOff(): Promise<() => Promise<void>>;
  drop(): Promise<void>;
}

const named = (url: string, database: string): string => {
  const copy = new URL(url);
  copy.pathname = `/${database}`;
  return copy.toString();
};

/** A clone of the migrated template. */
export async function makeDatabase(): Promise<TestDatabase> {
  const templateOwner = inject('ownerUrl');
  const template = inject('templateUrls');
  const name = `t_${randomBytes(6).toString('hex')}`;
  const admin = async (text: string): Promise<void> => {
    const client = new pg.Client({ connectionString: named(templateOwner, 'postgres') });
    await client.connect();
    await client.query('SELECT pg_advisory_lock(77)');
    await client.query(text).finally(() => client.end());
  };
  await admin(`CREATE DATABASE ${name} TEMPLATE atelier`);
  const ownerUrl = named(templateOwner, name);
  const urls = { app: named(template.app, name), system: named(template.system, name), queue: named(template.queue, name) };
  const owner = new pg.Pool({ connectionString: ownerUrl, max: 2, options: '-c search_path=atelier' });
  owner.on('error', () => undefined);
  return {
    urls,
    ownerUrl,
    sql: async <T extends object>(text: string, parameters: unknown[] = []) => (await owner.query<T>(text, parameters)).rows,
    as: async <T extends object>(login: 'app' | 'system', tenantId: string | null, text: string, parameters: unknown[] = []) => {
      const client = new pg.Client({ connectionString: urls[login], options: '-c search_path=atelier' });
      await client.connect();
      try {
        await client.query('BEGIN');
        if (tenantId) await client.query(`SELECT set_config('app.tenant_id', $1, true)`, [tenantId]);
        const result = await client.query<T>(text, parameters);
        await client.query('COMMIT');
        return result.rows;
      } finally {
        await client.end();
      }
    },
    cutOff: async () => {
      await admin(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
      await owner.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = ANY ($1)', [
        [urls.app, urls.system].map((url) => new URL(url).username),
      ]);
      return () => admin(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    },
    drop: async () => {
      await owner.end();
      await admin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}
