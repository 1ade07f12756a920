import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const ROOT = join(import.meta.dirname, '../..');

export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

const kill = (pid: number | undefined, signal: NodeJS.Signals = 'SIGKILL'): boolean => {
  try {
    if (!pid) return false;
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
};

/** A real installation in its own processes: the program, its PostgreSQL, its boxes and, when asked, a Redis. Each can be killed. */
export class Installation {
  readonly home = mkdtempSync(join(tmpdir(), 'atelier-chaos-'));
  url = '';
  private port = 0;
  private redisPort = 0;
  private program: ChildProcess | undefined;
  private redis: ChildProcess | undefined;
  private stopping = false;
  private databaseFolder = '';
  readonly log: string[] = [];

  constructor(private readonly settings: { redis: boolean; env?: Record<string, string> }) {}

  async start(): Promise<void> {
    this.port = await freePort();
    this.url = `http://127.0.0.1:${this.port}`;
    if (this.settings.redis) {
      this.redisPort = await freePort();
      this.startRedis();
    }
    this.startProgram();
    await this.untilReady();
    const { rows } = await this.query<{ folder: string }>(`SELECT current_setting('data_directory') AS folder`);
    this.databaseFolder = rows[0]!.folder;
  }

  async stop(): Promise<number | null> {
    this.stopping = true;
    const program = this.program!;
    kill(program.pid, 'SIGTERM');
    const code = await Promise.race([new Promise<number | null>((resolve) => program.once('exit', resolve)), sleep(20_000).then(() => null)]);
    kill(program.pid);
    kill(this.redis?.pid);
    rmSync(this.home, { recursive: true, force: true });
    rmSync(this.databaseFolder, { recursive: true, force: true });
    return code;
  }

  /** As the owner of the database. A new connection each time, because the server may have been killed. */
  async query<T extends pg.QueryResultRow>(text: string, parameters: unknown[] = []): Promise<pg.QueryResult<T>> {
    const password = readFileSync(join(this.home, 'secrets/postgres-owner'), 'utf8').trim();
    const port = Number(readFileSync(join(this.home, 'postgres-port'), 'utf8'));
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', password, database: 'atelier', options: '-c search_path=atelier' });
    client.on('error', () => undefined);
    await client.connect();
    return client.query<T>(text, parameters).finally(() => client.end());
  }

  killProgram(): boolean {
    return kill(this.program?.pid);
  }
  killRedis(): boolean {
    return kill(this.redis?.pid);
  }
  killPostgres(): boolean {
    const postmaster = Number(readFileSync(join(this.databaseFolder, 'postmaster.pid'), 'utf8').split('\n')[0]);
    return kill(postmaster);
  }
  killBox(pick: (n: number) => number): boolean {
    const pids = this.boxProcesses();
    return pids.length > 0 && kill(pids[pick(pids.length)]);
  }

  /** Processes of the agent that belong to this installation, found by its address in their environment. */
  private boxProcesses(): number[] {
    const found: number[] = [];
    for (const pid of readdirSync('/proc').map(Number).filter(Boolean)) {
      try {
        if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('gpu-fleet')) continue;
        if (readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`127.0.0.1:${this.port}`)) found.push(pid);
      } catch {
        // The process ended while we looked.
      }
    }
    return found;
  }

  async untilReady(patienceMs = 60_000): Promise<void> {
    for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await sleep(100)) {
      const answer = await fetch(`${this.url}/health/ready`).catch(() => null);
      // A server that was killed a moment ago may still be ready by its own account: ask the database as well.
      const database = answer?.status === 200 && (await this.query('SELECT 1').catch(() => null));
      if (database) return;
    }
    throw new Error(`the installation did not become ready within ${patienceMs} ms:\n${this.log.slice(-40).join('\n')}`);
  }

  private startProgram(): void {
    const env = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ATELIER_HOME: this.home,
      PORT: String(this.port),
      PUBLIC_URL: this.url,
      OPERATOR_EMAIL: 'operator@atelier.test',
      OPERATOR_PASSWORD: 'correct horse battery',
      ATELIER_LEASE_TTL_MS: '3000',
      ATELIER_HEARTBEAT_MS: '500',
      ATELIER_SWEEP_MS: '1000',
      ATELIER_LOCAL_BOXES: '2',
      ATELIER_IP_PER_MINUTE: '0',
      LOG_LEVEL: 'warn',
      ...(this.settings.redis ? { REDIS_URL: `redis://127.0.0.1:${this.redisPort}` } : {}),
      ...this.settings.env,
    };
    const program = spawn(process.execPath, ['dist/main.js', '--json'], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const remember = (data: Buffer): void => {
      this.log.push(...data.toString().trimEnd().split('\n'));
      if (this.log.length > 500) this.log.splice(0, this.log.length - 500);
    };
    program.stdout.on('data', remember);
    program.stderr.on('data', remember);
    // What `npm start` does: a program that dies is started again.
    program.on('exit', () => {
      if (!this.stopping) setTimeout(() => this.startProgram(), 200);
    });
    this.program = program;
  }

  private startRedis(): void {
    const redis = spawn('redis-server', ['--port', String(this.redisPort), '--bind', '127.0.0.1', '--dir', this.home, '--appendonly', 'yes', '--save', ''], {
      stdio: 'ignore',
    });
    redis.on('exit', () => {
      if (!this.stopping) setTimeout(() => this.startRedis(), 200);
    });
    this.redis = redis;
  }
}
