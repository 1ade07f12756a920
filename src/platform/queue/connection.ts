import { assertSchemaCompatibility, createPostgresBackend, runMigrations, setDefaultBackendFactory } from 'bullmq';
import pg from 'pg';

export interface QueueConnection {
  /** What BullMQ's classes take: the connection, and the key prefix on Redis. */
  options: { connection: unknown; prefix?: string };
  backend: 'postgres' | 'redis';
  close(): Promise<void>;
}

/** One shared pool on PostgreSQL, prepared once; on Redis BullMQ keeps its own connections. */
export async function openQueueConnection(queueUrl: string, redisUrl: string | undefined, prefix: string, poolSize: number): Promise<QueueConnection> {
  if (redisUrl) {
    setDefaultBackendFactory();
    const url = new URL(redisUrl);
    const connection = {
      host: url.hostname,
      port: Number(url.port || 6379),
      username: decodeURIComponent(url.username) || undefined,
      password: decodeURIComponent(url.password) || undefined,
      db: Number(url.pathname.slice(1) || 0),
      tls: url.protocol === 'rediss:' ? {} : undefined,
      maxRetriesPerRequest: null,
    };
    return { options: { connection, prefix }, backend: 'redis', close: async () => undefined };
  }
  setDefaultBackendFactory(createPostgresBackend as never);
  // Tickets and queued ids may be lost in a crash: the rows bring them back. So no commit of Bull's waits for the disk.
  const pool = new pg.Pool({
    connectionString: queueUrl,
    max: poolSize,
    keepAlive: true,
    options: '-c search_path=bullmq,public -c synchronous_commit=off',
    application_name: 'atelier queue',
  });
  pool.setMaxListeners(0);
  pool.on('error', () => undefined);
  const client = await pool.connect();
  try {
    await assertSchemaCompatibility(client as never);
  } finally {
    client.release();
  }
  return { options: { connection: pool }, backend: 'postgres', close: () => pool.end() };
}

/**
 * Brings schema `bullmq` up to date, owned by Bull's own login. Needs the owner's address, because Bull's migrations ask for CREATE on
 * the database; the right is lent for that moment only.
 */
export async function migrateQueueSchema(ownerUrl: string, queueUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'atelier prepare queues' });
  await client.connect();
  const login = client.escapeIdentifier(decodeURIComponent(new URL(queueUrl).username));
  const database = client.escapeIdentifier(decodeURIComponent(new URL(ownerUrl).pathname.slice(1)));
  try {
    await client.query(`GRANT CREATE ON DATABASE ${database} TO ${login}; SET ROLE ${login}`);
    await runMigrations(client as never);
  } finally {
    await client.query(`RESET ROLE; REVOKE CREATE ON DATABASE ${database} FROM ${login}`).finally(() => client.end());
  }
}
