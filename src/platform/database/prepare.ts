import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { ConfigFault } from '../config/index.js';
import { POOL_SIZES, type DatabaseUrls } from './data-sources.js';

/** Any number; all processes of one installation take this advisory lock before they migrate. */
const MIGRATION_LOCK = 4_201_120;

export const connectionsPerProcess = Object.values(POOL_SIZES).reduce((sum, n) => sum + n, 0);

interface Preparation {
  ownerUrl: string;
  /** Folder of the installation: the passwords of the logins live there, 0600. */
  home: string;
  migrationsFolder: string;
  log?: (message: string) => void;
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function loginPasswords(home: string, database: string): Record<'app' | 'system' | 'queue', string> {
  mkdirSync(join(home, 'secrets'), { recursive: true, mode: 0o700 });
  const file = join(home, 'secrets', `database-logins-${database}.json`);
  if (!existsSync(file)) {
    const secret = (): string => randomBytes(24).toString('base64url');
    writeFileSync(file, JSON.stringify({ app: secret(), system: secret(), queue: secret() }), { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Record<'app' | 'system' | 'queue', string>;
}

const withLogin = (ownerUrl: string, user: string, password: string): string => {
  const url = new URL(ownerUrl);
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password);
  return url.toString();
};

async function ensureRole(client: pg.Client, name: string, options: string): Promise<void> {
  // Two installations on one server may do this at the same moment.
  await client.query(`DO $$ BEGIN CREATE ROLE ${quote(name)} ${options}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`);
}

/** Makes the three logins from the owner's: the application's and the system's own nothing and bypass nothing; Bull's owns schema `bullmq` only. */
async function ensureLogins(client: pg.Client, home: string, ownerUrl: string): Promise<DatabaseUrls> {
  const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
  const database = rows[0]!.name;
  const passwords = loginPasswords(home, database);
  await ensureRole(client, 'atelier_app', 'NOLOGIN');
  await ensureRole(client, 'atelier_system', 'NOLOGIN');
  await client.query('GRANT atelier_system TO CURRENT_USER');
  const urls = {} as DatabaseUrls;
  for (const kind of ['app', 'system', 'queue'] as const) {
    const login = `${database}_${kind}_login`;
    await ensureRole(client, login, 'LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE');
    await client.query(`ALTER ROLE ${quote(login)} LOGIN PASSWORD '${passwords[kind]}'`);
    await client.query(`GRANT CONNECT ON DATABASE ${quote(database)} TO ${quote(login)}`);
    if (kind === 'queue') {
      await client.query(`GRANT ${quote(login)} TO CURRENT_USER`);
      await client.query(`CREATE SCHEMA IF NOT EXISTS bullmq AUTHORIZATION ${quote(login)}`);
    } else {
      await client.query(`GRANT atelier_${kind} TO ${quote(login)}`);
    }
    urls[kind] = withLogin(ownerUrl, login, passwords[kind]);
  }
  return urls;
}

async function migrate(client: pg.Client, folder: string, log: (message: string) => void): Promise<void> {
  await client.query(`CREATE SCHEMA IF NOT EXISTS atelier; GRANT USAGE ON SCHEMA atelier TO atelier_app, atelier_system;
    CREATE TABLE IF NOT EXISTS atelier.migration (name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`);
  const { rows } = await client.query<{ name: string; sha256: string }>('SELECT name, sha256 FROM atelier.migration');
  const applied = new Map(rows.map((row) => [row.name, row.sha256]));
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  for (const name of files) {
    const sql = readFileSync(join(folder, name), 'utf8');
    const sha256 = createHash('sha256').update(sql).digest('hex');
    const before = applied.get(name);
    if (before === sha256) continue;
    if (before)
      throw new ConfigFault(`The migration ${name} was edited after it ran on this database: put the old text back and write a new migration instead.`);
    log(`migrating: ${name}`);
    // Definer functions are handed to atelier_system, which needs CREATE on the schema for that moment only.
    await client.query('BEGIN; GRANT CREATE ON SCHEMA atelier TO atelier_system; SET LOCAL search_path = atelier');
    try {
      await client.query(sql);
      await client.query('INSERT INTO atelier.migration (name, sha256) VALUES ($1, $2)', [name, sha256]);
      await client.query('REVOKE CREATE ON SCHEMA atelier FROM atelier_system; COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw new Error(`The migration ${name} failed: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** Logins, schema, migrations; safe to run from several processes at once. Returns the addresses of the three logins. */
export async function prepareDatabase({ ownerUrl, home, migrationsFolder, log = () => undefined }: Preparation): Promise<DatabaseUrls> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'atelier prepare' });
  await client.connect().catch((cause: Error) => {
    throw new ConfigFault(`DATABASE_URL cannot be used: the server did not let us in (${cause.message}). Check host, port, name and password.`);
  });
  try {
    await client.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
    await refuseTooFewConnections(client);
    const urls = await ensureLogins(client, home, ownerUrl);
    await migrate(client, migrationsFolder, log);
    return urls;
  } finally {
    await client.end();
  }
}

async function refuseTooFewConnections(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ allowed: number }>(
    `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS allowed`,
  );
  const allowed = rows[0]!.allowed;
  if (allowed < connectionsPerProcess) {
    throw new ConfigFault(
      `DATABASE_URL allows ${allowed} connections, and one process of Atelier opens ${connectionsPerProcess}: raise max_connections of the server.`,
    );
  }
}
