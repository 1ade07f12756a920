/** Weights on a box: the agent against a stand-in of the server, over real HTTP and on a real disk. */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompleteRequest, HeartbeatRequest, LeasedTask, LeaseRequest, PassportClaims, WeightsRef } from '@atelier/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import type { Settings } from '../config/settings.js';
import type { Engine, EngineTask } from '../engines/engine.js';
import { startAgent, type RunningAgent } from '../index.js';
import { StandIn } from './fleet-stand-in.js';
import { jsonLog } from './log.js';

/** Reads every file it is given, says that it is loaded when told, and keeps the digests. */
class ReadingEngine implements Engine {
  readonly name = 'onnx';
  readonly version = '0';
  readonly kinds = ['matte'] as const;
  readonly usesGpu = false;
  started: { task: EngineTask; bytes: Buffer[]; load: () => void; finish: () => void }[] = [];
  private readonly digests = new Set<string>();
  loaded(): string[] {
    return [...this.digests];
  }
  async run(task: EngineTask) {
    const bytes = task.weights.map((file) => readFileSync(file.path));
    await new Promise<void>((finish) =>
      this.started.push({
        task,
        bytes,
        load: () => {
          task.weights.forEach((file) => this.digests.add(file.digest));
          task.onLoaded();
        },
        finish,
      }),
    );
    return { outputs: [], simulated: false, stepsDone: 1, stepsTotal: 1 };
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

const installation = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');
const KEY = { kid: 'k1', kty: 'OKP', crv: 'Ed25519', x: installation.publicKey.export({ format: 'jwk' }).x! } as const;

const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
function passport(claims: Partial<PassportClaims>, key: KeyObject = installation.privateKey, header: object = { alg: 'EdDSA', kid: 'k1' }): string {
  const whole = { v: 1, rules: 1, checks: ['safetensors_header'], checkedAt: '2026-01-01T00:00:00Z', ...claims };
  const text = [header, whole].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
}

const opened: StandIn[] = [];
const agents: RunningAgent[] = [];
const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'weights-spec-'));
  folders.push(made);
  return made;
};

async function box(more: Partial<Settings> = {}): Promise<{ server: StandIn; engine: ReadingEngine; agent: RunningAgent; dir: string }> {
  const stand = await new StandIn().open();
  opened.push(stand);
  stand.passportKeys = [KEY];
  const engine = new ReadingEngine();
  const settings: Settings = {
    url: stand.url,
    pool: 'local',
    credentials: { bootstrapSecret: 's', proof: { kind: 'local', nonce: 'n' } },
    instanceId: 'i-1',
    launchedAt: new Date().toISOString(),
    capacity: 'spot',
    zone: null,
    slots: null,
    statusPort: null,
    sigtermGraceMs: 100,
    spotGraceMs: 100,
    orphanExitMs: 500,
    logLevel: 'error',
    weightsDir: folder(),
    weightsMaxBytes: 1e9,

    ...more,
  };
  const agent = await startAgent(settings, { engines: [engine], log: jsonLog('error', () => undefined) });
  agents.push(agent);
  return { server: stand, engine, agent, dir: join(settings.weightsDir, '0') };
}

/** A file in the stand-in's storage, with a passport that holds. */
function weights(server: StandIn, data: Buffer = randomBytes(300_000), change: Partial<WeightsRef> = {}): WeightsRef {
  const digest = sha256(data);
  server.files.set(`/files/w-${digest}`, data);
  const facts = { digest, bytes: data.length, format: 'onnx' } as const;
  return {
    ...facts,
    url: `/files/w-${digest}?signature=x`,
    vramMb: 100,
    role: 'graph',
    name: `m-${digest.slice(0, 8)}.onnx`,
    passport: passport(facts),
    ...change,
  };
}
const give = (server: StandIn, ...refs: WeightsRef[]): LeasedTask => server.give({ engine: 'onnx', kind: 'matte', weights: refs });

async function until<T>(what: () => T | undefined | false, ms = 8_000): Promise<T> {
  for (const end = performance.now() + ms; ;) {
    const value = what();
    if (value) return value;
    if (performance.now() > end) throw new Error(`Not within ${ms} ms: ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
const completionOf = (server: StandIn, task: LeasedTask) => until(() => server.bodies<CompleteRequest>('complete').find((c) => c.taskId === task.taskId));
const startOf = (engine: ReadingEngine, task: LeasedTask) =>
  until(() => engine.started.find((s) => s.task.weights.map((w) => w.digest).join() === task.weights.map((w) => w.digest).join()));
async function runs(server: StandIn, engine: ReadingEngine, ...refs: WeightsRef[]): Promise<CompleteRequest> {
  const before = engine.started.length;
  const task = give(server, ...refs);
  const start = await until(() => engine.started[before]);
  start.load();
  start.finish();
  return completionOf(server, task);
}
const filesIn = (dir: string): string[] => readdirSync(dir).filter((name) => name !== 'owner');

afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.stop('sigterm', 0)));
  for (const server of opened.splice(0)) {
    expect(server.faults).toEqual([]);
    server.close();
  }
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

describe('weights', () => {
  it('reach the engine as files on disk, byte for byte; loading is reported by MiB and metered apart from work', async () => {
    const { server, engine, dir } = await box();
    const refs = [weights(server, randomBytes(3_000_000)), weights(server)];
    const task = give(server, ...refs);
    const start = await startOf(engine, task);
    expect(start.bytes.map(sha256)).toEqual(refs.map((ref) => ref.digest));
    expect(start.task.weights[0]).toMatchObject({ path: join(dir, refs[0]!.digest), role: 'graph', format: 'onnx', vramMb: 100 });
    expect(statSync(join(dir, refs[0]!.digest)).mode & 0o222).toBe(0);
    await until(() => server.beatsOf(task.taskId).find((beat) => beat.state === 'loading' && beat.stage === 'loading model' && beat.totalSteps === 4));
    await new Promise((resolve) => setTimeout(resolve, 250));
    start.load();
    start.finish();
    const { meter } = await completionOf(server, task);
    expect(meter.loadMs).toBeGreaterThanOrEqual(250);
    expect(meter.workMs).toBeLessThan(250);
  });

  it('are fetched once, however many tasks ask for them at the same time, and not again afterwards', async () => {
    const { server, engine } = await box();
    const ref = weights(server);
    const [a, b] = [give(server, ref), give(server, ref)];
    await until(() => engine.started.length === 2);
    for (const { load, finish } of engine.started) {
      load();
      finish();
    }
    await Promise.all([completionOf(server, a), completionOf(server, b)]);
    await runs(server, engine, ref);
    expect(server.fetches).toHaveLength(1);
    const lease = await until(() => server.bodies<LeaseRequest>('lease').find((l) => l.cached.length > 0 && l.loaded.length > 0));
    expect([lease.cached, lease.loaded]).toEqual([[ref.digest], [ref.digest]]);
    await until(() => server.bodies<HeartbeatRequest>('heartbeat').find((h) => h.cached[0] === ref.digest && h.loaded[0] === ref.digest));
  });

  it('go on where a cut connection left off', async () => {
    const { server, engine } = await box();
    const ref = weights(server, randomBytes(2_000_000));
    server.cuts = [900_000];
    expect((await runs(server, engine, ref)).outcome).toBe('done');
    const [first, second] = server.fetches.map((fetched) => Number(fetched.split(' ')[1]));
    expect(first).toBe(0);
    expect(second).toBeGreaterThan(0);
    expect(sha256(engine.started[0]!.bytes[0]!)).toBe(ref.digest);
  });

  it('of other bytes than their digest says are refused and leave nothing behind', async () => {
    const { server, dir } = await box();
    const ref = weights(server);
    server.files.set(`/files/w-${ref.digest}`, randomBytes(ref.bytes));
    expect(await completionOf(server, give(server, ref))).toMatchObject({ outcome: 'failed', error: { class: 'task', code: 'weights_corrupt' } });
    server.files.set(`/files/w-${ref.digest}`, randomBytes(ref.bytes + 1));
    expect(await completionOf(server, give(server, ref))).toMatchObject({ error: { code: 'weights_corrupt' } });
    expect(filesIn(dir)).toEqual([]);
  });

  it('without a passport that holds are never fetched, let alone opened', async () => {
    const { server, engine } = await box();
    const ref = weights(server);
    const facts = { digest: ref.digest, bytes: ref.bytes, format: ref.format };
    const good = ref.passport.split('.');
    const bad: Record<string, string> = {
      missing: '',
      'signed by a stranger': passport(facts, stranger.privateKey),
      'of an unknown key': passport(facts, installation.privateKey, { alg: 'EdDSA', kid: 'k2' }),
      unsigned: passport(facts, installation.privateKey, { alg: 'none', kid: 'k1' }),
      'of another file': passport({ ...facts, digest: 'a'.repeat(64) }),
      'of another size': passport({ ...facts, bytes: 1 }),
      'of another format': passport({ ...facts, format: 'safetensors' }),
      'with claims exchanged': [good[0], Buffer.from(JSON.stringify(facts)).toString('base64url'), good[2]].join('.'),
      garbage: 'a.b.c',
    };
    for (const [what, text] of Object.entries(bad)) {
      const done = await completionOf(server, give(server, { ...ref, passport: text }));
      expect(done, what).toMatchObject({ outcome: 'failed', error: { class: 'task', code: 'weights_refused' } });
    }
    expect([server.fetches, engine.started]).toEqual([[], []]);
  });

  it('that find no room are the box’s fault, and leave no part', async () => {
    const { server, engine, dir } = await box({ weightsMaxBytes: 500_000 });
    expect(await completionOf(server, give(server, weights(server, randomBytes(600_000))))).toMatchObject({ error: { class: 'box', code: 'disk_full' } });
    // What a running task uses is no room either.
    const used = weights(server);
    const running = give(server, used);
    const start = await startOf(engine, running);
    expect(await completionOf(server, give(server, weights(server)))).toMatchObject({ error: { class: 'box', code: 'disk_full' } });
    expect(filesIn(dir)).toEqual([used.digest]);
    start.finish();
    await completionOf(server, running);
  });

  it('used longest ago leave first when room is needed', async () => {
    const { server, engine, dir } = await box({ weightsMaxBytes: 700_000 });
    const [a, b, c] = [weights(server), weights(server), weights(server)];
    for (const ref of [a, b, a, c]) {
      await runs(server, engine, ref);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(filesIn(dir).toSorted()).toEqual([a.digest, c.digest].toSorted());
  });

  it('that were here before are looked at byte by byte before their first use, and fetched again when damaged', async () => {
    const weightsDir = folder();
    const first = await box({ weightsDir });
    const [sound, damaged] = [weights(first.server), weights(first.server)];
    await runs(first.server, first.engine, sound);
    await runs(first.server, first.engine, damaged);
    await agents.splice(0)[0]!.stop('sigterm', 0);
    rmSync(join(first.dir, damaged.digest));
    writeFileSync(join(first.dir, damaged.digest), randomBytes(damaged.bytes));
    const second = await box({ weightsDir });
    second.server.files = first.server.files;
    expect((await runs(second.server, second.engine, sound)).outcome).toBe('done');
    expect((await runs(second.server, second.engine, damaged)).outcome).toBe('done');
    expect(second.dir).toBe(first.dir);
    expect(second.server.fetches).toEqual([`/files/w-${damaged.digest} 0`]);
  });

  it('of two boxes on one machine lie apart', async () => {
    const weightsDir = folder();
    const [a, b] = [await box({ weightsDir }), await box({ weightsDir })];
    await runs(a.server, a.engine, weights(a.server));
    await runs(b.server, b.engine, weights(b.server));
    expect([filesIn(join(weightsDir, '0')).length, filesIn(join(weightsDir, '1')).length]).toEqual([1, 1]);
  });

  it('are fetched ahead on a hint while nothing else is done', async () => {
    const { server, engine, dir } = await box();
    const ref = weights(server);
    server.preload = [ref];
    await until(() => filesIn(dir).includes(ref.digest));
    await runs(server, engine, ref);
    expect(server.fetches).toHaveLength(1);
  });
});

it('a blocked engine thread stops neither heartbeats nor the renewal of leases', async () => {
  const { server, engine } = await box();
  const { Worker } = await import('node:worker_threads');
  const task = give(server, weights(server));
  const start = await startOf(engine, task);
  start.load();
  // What an engine does when it computes: a thread of its own that never yields.
  const busy = new Worker('for (const end = Date.now() + 1500; Date.now() < end; );', { eval: true });
  const before = server.beatsOf(task.taskId).length;
  await new Promise((resolve) => busy.once('exit', resolve));
  expect(server.beatsOf(task.taskId).length - before).toBeGreaterThanOrEqual(4);
  start.finish();
  await completionOf(server, task);
});
