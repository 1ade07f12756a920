import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LEDGER_INVARIANTS } from '../../src/billing/ledger/invariants.js';
import { JOB_INVARIANTS } from '../../src/studio/jobs/invariants.js';
import { Installation } from './installation.js';

const ROOT = join(import.meta.dirname, '../..');
const SEED = Number(process.env.CHAOS_SEED ?? 20261121);
const KILLS = Number(process.env.CHAOS_KILLS ?? 24);
const withRedis = Boolean(process.env.REDIS_URL);

/** mulberry32: the same seed kills the same processes in the same order. */
function random(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface Accepted {
  id: string;
  key: string;
}

/** Submits small jobs without pause; a refusal by the network is repeated with the same key, as a careful client does. */
class Load {
  readonly accepted: Accepted[] = [];
  private running = true;
  private readonly workers: Promise<void>[];
  constructor(
    private readonly url: string,
    private readonly token: () => string,
    callers: number,
  ) {
    this.workers = Array.from({ length: callers }, (_, i) => this.work(i));
  }
  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.workers);
  }
  private async work(caller: number): Promise<void> {
    for (let n = 0; this.running; n++) {
      const key = randomUUID();
      const body = JSON.stringify({ prompt: `chaos ${caller} ${n}`, width: 64, height: 64, steps: 2, seed: n });
      for (let done = false; !done;) {
        const answer = await fetch(`${this.url}/api/v1/generate/txt2img`, {
          method: 'POST',
          headers: { authorization: `Bearer ${this.token()}`, 'content-type': 'application/json', 'idempotency-key': key },
          body,
          signal: AbortSignal.timeout(8000),
        }).catch(() => null);
        if (answer?.status === 202) {
          this.accepted.push({ id: ((await answer.json()) as { id: string }).id, key });
          done = true;
        } else if (answer && answer.status < 500 && ![401, 409, 429].includes(answer.status)) {
          throw new Error(`the server refused: ${answer.status} ${await answer.text()}`);
        } else await sleep(250);
      }
      await sleep(120);
    }
  }
}

describe(`seeded kills under load, queues on ${withRedis ? 'Redis' : 'PostgreSQL'} (seed ${SEED})`, () => {
  // CHAOS_LEASE_TTL_MS=45000 proves the product's own lease once in a while; short leases let the suite see many recoveries.
  const installation = new Installation({
    redis: withRedis,
    env: process.env.CHAOS_LEASE_TTL_MS
      ? { ATELIER_LEASE_TTL_MS: process.env.CHAOS_LEASE_TTL_MS, ATELIER_HEARTBEAT_MS: '10000', ATELIER_SWEEP_MS: '5000' }
      : {},
  });
  let token = '';
  let load: Load;
  const killed: Record<string, number> = { box: 0, program: 0, postgres: 0, redis: 0 };

  const login = async (): Promise<void> => {
    const answer = await fetch(`${installation.url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'operator@atelier.test', password: 'correct horse battery' }),
      signal: AbortSignal.timeout(8000),
    }).catch(() => null);
    if (answer?.ok) token = ((await answer.json()) as { accessToken: string }).accessToken;
  };
  const violations = async (): Promise<string[]> => {
    const found: string[] = [];
    for (const [name, sql] of [...Object.entries(LEDGER_INVARIANTS), ...JOB_INVARIANTS.map(({ name, text }) => [name, text] as const)]) {
      const { rows } = await installation.query(sql);
      if (rows.length > 0) found.push(`${name}: ${rows.length} rows, first ${JSON.stringify(rows[0])}`);
    }
    return found;
  };

  beforeAll(async () => {
    execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['-b'], { cwd: ROOT, stdio: 'inherit' });
    await installation.start();
    await login();
    const me = (await (await fetch(`${installation.url}/api/v1/users/me`, { headers: { authorization: `Bearer ${token}` } })).json()) as {
      tenant: { id: string };
    };
    const operate = async (path: string, body: object): Promise<void> => {
      const answer = await fetch(`${installation.url}/api/v1/operator${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    };
    // A plan without hourly limits: the load is thousands of small jobs.
    const { data } = (await (await fetch(`${installation.url}/api/v1/operator/plans`, { headers: { authorization: `Bearer ${token}` } })).json()) as {
      data: { plan: string; limits: object }[];
    };
    const limits = { ...data.find(({ plan }) => plan === 'enterprise')!.limits, apiPerMinute: null, generationsPerHour: null, runningJobs: null };
    await operate('/plans', { plan: 'chaos', name: 'Chaos', creditsPerMonth: '0', limits });
    await operate(`/tenants/${me.tenant.id}/plan`, { plan: 'chaos' });
    await operate(`/tenants/${me.tenant.id}/grants`, { credits: '100000', reason: 'chaos' });
    load = new Load(installation.url, () => token, 3);
  }, 180_000);

  afterAll(async () => {
    await load?.stop();
    await installation.stop();
  }, 60_000);

  it(
    `${KILLS} kills: after each recovery the books balance`,
    async () => {
      const next = random(SEED);
      const victims = withRedis ? (['box', 'program', 'postgres', 'redis'] as const) : (['box', 'program', 'postgres'] as const);
      for (let n = 0; n < KILLS; n++) {
        const victim = victims[Math.floor(next() * victims.length)]!;
        await sleep(200 + next() * 900);
        const pick = (count: number): number => Math.floor(next() * count);
        const hit = {
          box: () => installation.killBox(pick),
          program: () => installation.killProgram(),
          postgres: () => installation.killPostgres(),
          redis: () => installation.killRedis(),
        }[victim]();
        if (hit) killed[victim]! += 1;
        await installation.untilReady();
        await login();
        expect(await violations(), `after kill ${n + 1} (${victim})`).toEqual([]);
      }
      expect(Object.values(killed).reduce((a, b) => a + b, 0)).toBeGreaterThanOrEqual(KILLS * 0.9);
    },
    KILLS * 15_000,
  );

  it('every accepted job ends, once, and holds return to zero', async () => {
    await load.stop();
    const deadline = Date.now() + 90_000;
    let open = 1;
    while (open > 0 && Date.now() < deadline) {
      await sleep(500);
      open = Number(
        (await installation.query<{ n: string }>(`SELECT count(*) AS n FROM job WHERE status NOT IN ('succeeded', 'failed', 'canceled')`)).rows[0]!.n,
      );
    }
    expect(open).toBe(0);
    expect(await violations()).toEqual([]);
    const total = Number((await installation.query<{ n: string }>('SELECT count(*) AS n FROM job')).rows[0]!.n);
    expect(load.accepted.length).toBeGreaterThan(KILLS);
    expect(new Set(load.accepted.map((job) => job.id)).size).toBe(load.accepted.length);
    expect(total).toBeGreaterThanOrEqual(load.accepted.length);
    const { rows: open_holds } = await installation.query(`SELECT id FROM hold WHERE state = 'open'`);
    expect(open_holds).toEqual([]);
    const { rows: wallets } = await installation.query(`SELECT tenant_id FROM wallet WHERE held_milli <> 0`);
    expect(wallets).toEqual([]);
    const ends = await installation.query<{ status: string; n: string }>('SELECT status, count(*) AS n FROM job GROUP BY 1');
    console.log(
      `chaos: killed ${JSON.stringify(killed)}, jobs accepted ${load.accepted.length}, ended ${ends.rows.map((row) => `${row.n} ${row.status}`).join(', ')}`,
    );
  }, 150_000);
});
