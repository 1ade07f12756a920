// Starts a whole installation in processes of its own for a measurement, and speaks to it. Needs a build (`npm start` or `npm test` makes one).
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { assertNode, build, install, ROOT } from '../scripts/prepare.mjs';

export { sleep };

const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

export const note = (text) => process.stderr.write(`${text}\n`);

/** Prints what a bench prints last: one JSON object on one line. */
export function report(result) {
  console.log(JSON.stringify(result));
}

export function helpAsked(text) {
  if (!process.argv.includes('--help')) return;
  console.log(text);
  process.exit(0);
}

export const percentile = (sorted, p) => sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))] ?? 0;
export const round = (value, digits = 2) => Number(value.toFixed(digits));

/** @returns an installation with an operator signed in; call `stop()` at the end. */
export async function startInstallation(env = {}) {
  assertNode();
  await install();
  await build('server');
  const home = mkdtempSync(join(tmpdir(), 'atelier-bench-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const operator = { email: 'operator@atelier.test', password: 'correct horse battery' };
  const program = spawn(process.execPath, ['dist/main.js', '--json'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      REDIS_URL: process.env.REDIS_URL,
      ATELIER_HOME: home,
      PORT: String(port),
      PUBLIC_URL: url,
      OPERATOR_EMAIL: operator.email,
      OPERATOR_PASSWORD: operator.password,
      LOG_LEVEL: 'error',
      ATELIER_IP_PER_MINUTE: '0',
      ATELIER_LOCAL_BOXES: '0',
      ...env,
    },
  });
  let log = '';
  program.stdout.on('data', (data) => (log += data));
  program.stderr.on('data', (data) => (log += data));
  for (const deadline = Date.now() + 60_000; ; await sleep(100)) {
    const answer = await fetch(`${url}/health/ready`).catch(() => null);
    if (answer?.status === 200) break;
    if (Date.now() > deadline || program.exitCode !== null) throw new Error(`the installation did not become ready:\n${log.slice(-3000)}`);
  }
  const call = async (method, path, { token, body, headers } = {}) => {
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return text ? JSON.parse(text) : null;
  };
  const { accessToken } = await call('POST', '/auth/login', { body: operator });
  const databaseUrl = (user, password) => `postgres://${user}:${password}@127.0.0.1:${readFileSync(join(home, 'postgres-port'), 'utf8')}/atelier`;
  const owner = new pg.Pool({
    connectionString: databaseUrl('postgres', readFileSync(join(home, 'secrets/postgres-owner'), 'utf8').trim()),
    max: 2,
    options: '-c search_path=atelier',
  });
  owner.on('error', () => undefined);
  const logins = JSON.parse(readFileSync(join(home, 'secrets/database-logins-atelier.json'), 'utf8'));
  const dataFolder = (await owner.query(`SELECT current_setting('data_directory') AS folder`)).rows[0].folder;
  return {
    url,
    home,
    pid: program.pid,
    call,
    owner,
    operatorToken: accessToken,
    /** Addresses of the program's own logins, for the bare client that a figure is compared with. */
    appUrl: databaseUrl('atelier_app_login', logins.app),
    systemUrl: databaseUrl('atelier_system_login', logins.system),
    queueUrl: databaseUrl('atelier_queue_login', logins.queue),
    async stop() {
      await owner.end();
      program.kill('SIGTERM');
      await Promise.race([new Promise((resolve) => program.once('exit', resolve)), sleep(15_000)]);
      program.kill('SIGKILL');
      rmSync(home, { recursive: true, force: true });
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

/** The monolith's own services, in this process, on the installation's database. */
export async function startHouse(installation) {
  Object.assign(process.env, { ATELIER_ROLE: 'api', ATELIER_HOME: installation.home, LOG_LEVEL: 'error', PORT: '0', PUBLIC_URL: installation.url });
  const { AppModule } = await import('../dist/app.module.js');
  const { createHttpApp } = await import('../dist/platform/http/index.js');
  const app = await createHttpApp(await AppModule.assemble({ app: installation.appUrl, system: installation.systemUrl, queue: installation.queueUrl }));
  await app.init();
  return app;
}

/** A plan without limits, made by the operator; null stands for "no limit". */
export async function makeUnlimitedPlan(installation) {
  const { data } = await installation.call('GET', '/operator/plans', { token: installation.operatorToken });
  const enterprise = data.find((entry) => entry.plan === 'enterprise');
  const limits = { ...enterprise.limits, apiPerMinute: null, generationsPerHour: null, uploadsPerHour: null, runningJobs: null, apiKeys: true };
  await installation.call('POST', '/operator/plans', {
    token: installation.operatorToken,
    body: { plan: 'unlimited', name: 'Unlimited', creditsPerMonth: '0', limits },
  });
  return 'unlimited';
}

/** Tenants on a plan, each with credits and an API key. */
export async function makeTenants(installation, count, plan) {
  const tenants = [];
  for (let i = 0; i < count; i++) {
    const { tenant, user, accessToken } = await installation.call('POST', '/auth/register', {
      body: { email: `bench${i}@atelier.test`, password: 'a long enough passphrase', name: `Bench ${i}` },
    });
    await installation.call('POST', `/operator/tenants/${tenant.id}/plan`, { token: installation.operatorToken, body: { plan } });
    await installation.call('POST', `/operator/tenants/${tenant.id}/grants`, {
      token: installation.operatorToken,
      body: { credits: '10000000', reason: 'bench' },
    });
    const key = await installation.call('POST', '/api-keys', { token: accessToken, body: { name: 'bench', scopes: ['job:create', 'job:read'] } });
    tenants.push({ tenantId: tenant.id, userId: user.id, token: accessToken, key: key.key ?? key.secret });
    if (i % 20 === 19) note(`  ${i + 1} tenants ready`);
  }
  return tenants;
}
