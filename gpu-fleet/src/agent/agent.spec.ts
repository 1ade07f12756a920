/** The agent against a stand-in of the server that speaks real HTTP and refuses every body that is not exactly of the protocol. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { CompleteRequest, HeartbeatRequest, LeasedTask, LeaseRequest, ReleaseRequest } from '@atelier/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import type { Settings } from '../config/settings.js';
import { EngineInputError, type Engine, type EngineOutput, type EngineTask } from '../engines/engine.js';
import { processorOnly } from '../gpu/probe.js';
import { BuiltinEngine, startAgent, type RunningAgent } from '../index.js';
import { StandIn } from './fleet-stand-in.js';
import { jsonLog } from './log.js';

/** An engine that waits until told, to hold a task at a known point. */
class HeldEngine implements Engine {
  readonly name = 'builtin';
  readonly version = '0';
  readonly kinds = ['txt2img', 'upscale'] as const;
  readonly usesGpu = false;
  started: EngineTask[] = [];
  finish: (() => void)[] = [];
  closed = false;
  /** Handed in instead of bytes. */
  file: string | null = null;
  loaded(): string[] {
    return [];
  }
  run(task: EngineTask) {
    this.started.push(task);
    task.onLoaded();
    task.onProgress({ step: 1, totalSteps: 4, stage: 'sampling' });
    const output = {
      slot: 'image',
      data: Buffer.from(`picture ${String(task.parameters.n)}`) as EngineOutput['data'],
      contentType: 'image/png',
      width: 1,
      height: 1,
      metadata: { engine: 'held' },
    };
    return new Promise<Awaited<ReturnType<Engine['run']>>>((resolve) =>
      this.finish.push(() => {
        if (this.file) output.data = { file: this.file, bytes: 4 };
        resolve({ outputs: [output], simulated: false, stepsDone: 4, stepsTotal: 4 });
      }),
    );
  }
  async close() {
    this.closed = true;
  }
}

/** An engine whose thread hears nothing while it works, as a model does at one long step. */
class DeafEngine extends HeldEngine {
  override async run(task: EngineTask) {
    this.started.push(task);
    task.onLoaded();
    const thread = new Worker(`const end = Date.now() + ${Number(task.parameters['ms'])}; while (Date.now() < end);`, { eval: true });
    task.signal.addEventListener('abort', () => void thread.terminate());
    await new Promise((resolve) => thread.once('exit', resolve));
    return { outputs: [], simulated: false, stepsDone: 1, stepsTotal: 1 };
  }
}

const opened: StandIn[] = [];
const agents: RunningAgent[] = [];
let logged = '';

async function box(
  engine: Engine = new HeldEngine(),
  more: Partial<Settings> = {},
  isOrphan?: () => boolean,
  cardMb = 0,
): Promise<{ server: StandIn; agent: RunningAgent; engine: HeldEngine }> {
  const server = await new StandIn().open();
  opened.push(server);
  const settings: Settings = {
    url: server.url,
    pool: 'local',
    credentials: { bootstrapSecret: 'boot-secret', proof: { kind: 'local', nonce: 'nonce-secret' } },
    instanceId: 'i-1',
    launchedAt: new Date().toISOString(),
    capacity: 'spot',
    zone: null,
    slots: null,
    statusPort: null,
    sigtermGraceMs: 300,
    spotGraceMs: 300,
    orphanExitMs: 500,
    logLevel: 'debug',
    weightsDir: mkdtempSync(join(tmpdir(), 'agent-spec-')),
    weightsMaxBytes: 1e9,

    ...more,
  };
  const machine = { ...processorOnly(), ...(cardMb > 0 && { gpu: { class: 'T4' as const, name: 'a card', vramMb: cardMb, driver: null } }) };
  const log = jsonLog('debug', (line) => (logged += line));
  const agent = await startAgent(settings, { engines: [engine], log, machine, ...(isOrphan ? { isOrphan } : {}) });
  agents.push(agent);
  return { server, agent, engine: engine as HeldEngine };
}

async function until<T>(what: () => T | undefined | false, ms = 8_000): Promise<T> {
  for (const end = performance.now() + ms; ;) {
    const value = what();
    if (value) return value;
    if (performance.now() > end) throw new Error(`Not within ${ms} ms: ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
const completionOf = (server: StandIn, task: LeasedTask) => until(() => server.bodies<CompleteRequest>('complete').find((c) => c.taskId === task.taskId));

afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.stop('sigterm', 0)));
  for (const server of opened.splice(0)) {
    expect(server.faults).toEqual([]);
    server.close();
  }
});

describe('agent', () => {
  it('carries a job from lease to completion with the builtin engine: inputs, progress, preview, upload, metadata', async () => {
    const { server } = await box(new BuiltinEngine(1));
    const words = {
      prompt: 'tea',
      negativePrompt: '',
      width: 256,
      height: 256,
      steps: 10,
      cfgScale: 7,
      sampler: 'euler',
      scheduler: 'normal',
      seed: 5,
      model: '',
    };
    const first = server.give({ parameters: words });
    const done = await completionOf(server, first);
    expect(done).toMatchObject({ outcome: 'done', simulated: true, stepsDone: 10, stepsTotal: 10, attempt: 1 });
    const [output] = done.outputs;
    const stored = server.files.get(`/files/${output!.sha256}`)!;
    expect(output).toMatchObject({
      slot: 'image',
      key: `outputs/${output!.sha256}`,
      bytes: stored.length,
      contentType: 'image/png',
      width: 256,
      height: 256,
      metadata: { simulated: true, seed: 5 },
    });
    expect(createHash('sha256').update(stored).digest('hex')).toBe(output!.sha256);
    expect(done.meter.workMs).toBeGreaterThan(0);
    expect(server.beatsOf(first.taskId)[0]).toMatchObject({ state: 'running' });
    expect(server.beatsOf(first.taskId).at(-1)).toMatchObject({ stage: 'uploading' });

    server.files.set('/files/in', stored);
    const input = { name: 'image', url: '/files/in?signature=top-secret', sha256: output!.sha256, bytes: stored.length, contentType: 'image/png' };
    expect(await completionOf(server, server.give({ kind: 'upscale', parameters: { factor: 2, style: 'photo' }, inputs: [input] }))).toMatchObject({
      outcome: 'done',
      simulated: false,
      outputs: [{ width: 512, height: 512 }],
    });
  });

  it('reports the start at once, then beats at most twice a second however fast the engine reports', async () => {
    const { server, engine } = await box(undefined, { slots: 1 });
    const task = server.give({});
    await until(() => engine.started.length === 1);
    const reporting = setInterval(() => engine.started[0]!.onProgress({ step: 2, totalSteps: 4, stage: 'sampling', preview: Buffer.from('jpeg') }), 5);
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    clearInterval(reporting);
    const beats = server.beatsOf(task.taskId);
    expect(beats[0]).toMatchObject({ state: 'running' });
    // The rhythm of 200 ms goes on; news add no more than two a second to it.
    expect(beats.length).toBeLessThanOrEqual(14);
    expect(beats.filter((b) => b.preview).length).toBeGreaterThanOrEqual(2);
    engine.finish[0]!();
    await completionOf(server, task);
  });

  it('beats, and hears of its leases, while an engine keeps its own thread busy for many heartbeats', async () => {
    const { server } = await box(new DeafEngine());
    const task = server.give({ parameters: { ms: 2_000 } });
    const other = server.give({ parameters: { ms: 60_000 } });
    await until(() => server.beatsOf(other.taskId).length > 2);
    server.verdicts.set(other.taskId, 'stop');
    expect(await completionOf(server, other)).toMatchObject({ outcome: 'stopped' });
    expect(await completionOf(server, task)).toMatchObject({ outcome: 'done', attempt: 1 });
    const beats = server.heard.filter((h) => h.call === 'heartbeat' && (h.body as HeartbeatRequest).tasks.some(({ taskId }) => taskId === task.taskId));
    const gaps = beats.slice(1).map(({ at }, i) => at - beats[i]!.at);
    // Ten are due; a machine that has much else to do may be late, but never by half of a lease.
    expect(beats.length).toBeGreaterThanOrEqual(5);
    expect(Math.max(...gaps)).toBeLessThan(task.leaseTtlMs / 2);
    const work = server.beatsOf(task.taskId).map(({ meter }) => meter.workMs);
    expect(work.at(-1)! - work[0]!).toBeGreaterThan(1_000);
  });

  it('takes away the file of a result that comes after its attempt has ended', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'agent-spec-')), 'late.mp4');
    const engine = new HeldEngine();
    const { server } = await box(engine);
    const task = server.give({});
    await until(() => engine.finish.length === 1);
    server.verdicts.set(task.taskId, 'superseded');
    await until(() => engine.started[0]!.signal.aborted);
    writeFileSync(file, 'film');
    engine.file = file;
    engine.finish[0]!();
    await until(() => !existsSync(file));
  });

  it('runs as many tasks at once as it has slots, and asks with the number that is free', async () => {
    const { server, engine } = await box();
    const tasks = [1, 2, 3].map((n) => server.give({ parameters: { n } }));
    await until(() => engine.started.length === 2);
    expect(server.bodies<LeaseRequest>('lease').every((l) => l.free.slots >= 1 && l.free.slots <= 2)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(engine.started).toHaveLength(2);
    engine.finish[0]!();
    await until(() => engine.started.length === 3);
    engine.finish.forEach((finish) => finish());
    for (const task of tasks) expect((await completionOf(server, task)).outcome).toBe('done');
  });

  it('asks with what its running tasks leave of the card', async () => {
    const { server, engine } = await box(new HeldEngine(), {}, undefined, 16_000);
    const last = () => server.bodies<LeaseRequest>('lease').at(-1)?.free;
    await until(() => last()?.vramMb === 16_000);
    const six = server.give({ vramMb: 6_000 });
    await until(() => last()?.vramMb === 10_000);
    expect(last()).toEqual({ slots: 1, vramMb: 10_000 });
    engine.finish[0]!();
    await completionOf(server, six);
    await until(() => last()?.vramMb === 16_000);
  });

  it('stops a task on the verdict `stop` and says what it had done', async () => {
    const { server, engine } = await box();
    const task = server.give({});
    await until(() => engine.started.length === 1);
    server.verdicts.set(task.taskId, 'stop');
    expect(await completionOf(server, task)).toMatchObject({ outcome: 'stopped', stepsDone: 1, stepsTotal: 4, outputs: [] });
    expect(engine.started[0]!.signal.aborted).toBe(true);
  });

  it('drops a superseded task without a word and takes the next', async () => {
    const { server, engine } = await box(undefined, { slots: 1 });
    const task = server.give({});
    await until(() => engine.started.length === 1);
    server.verdicts.set(task.taskId, 'superseded');
    await until(() => engine.started[0]!.signal.aborted);
    const next = server.give({});
    await until(() => engine.finish[1]);
    engine.finish[1]!();
    await completionOf(server, next);
    expect(server.bodies<CompleteRequest>('complete').map((c) => c.taskId)).toEqual([next.taskId]);
  });

  it('ends an attempt at its time limit as a fault of the task', async () => {
    const { server, engine } = await box();
    expect(await completionOf(server, server.give({ timeLimitMs: 200 }))).toMatchObject({ outcome: 'failed', error: { class: 'task', code: 'timeout' } });
    // An engine that knows the limit sees before it ends that a process hangs.
    expect(engine.started[0]!.timeLimitMs).toBe(200);
  });

  it('tells the user’s fault from ours', async () => {
    const engine = new HeldEngine();
    const faults: Error[] = [new EngineInputError('unreadable_picture', 'No picture.'), new Error('boom')];
    engine.run = () => Promise.reject(faults.shift()!);
    const { server } = await box(engine);
    expect(await completionOf(server, server.give({}))).toMatchObject({
      outcome: 'failed',
      error: { class: 'input', code: 'unreadable_picture', message: 'No picture.' },
    });
    expect(await completionOf(server, server.give({}))).toMatchObject({ outcome: 'failed', error: { class: 'task', code: 'engine_error', message: 'boom' } });
    expect(await completionOf(server, server.give({ kind: 'remove-background' }))).toMatchObject({ error: { class: 'task', code: 'no_engine' } });
    const input = { name: 'image', url: '/files/none', sha256: 'ab', bytes: 3, contentType: 'image/png' };
    expect(await completionOf(server, server.give({ inputs: [input] }))).toMatchObject({ error: { class: 'task', code: 'input_unavailable' } });
  });

  it('asks for a fresh address when one was refused', async () => {
    const { server, engine } = await box();
    server.expireFirstUpload = true;
    const task = server.give({ parameters: { n: 1 } });
    await until(() => engine.finish[0]);
    engine.finish[0]!();
    expect((await completionOf(server, task)).outcome).toBe('done');
    expect(server.beatsOf(task.taskId).filter((b) => b.uploads).length).toBeGreaterThanOrEqual(2);
  });

  it('outlives an outage: the work goes on, the completion is repeated until it is heard', async () => {
    const { server, engine } = await box();
    const task = server.give({ parameters: { n: 1 } });
    await until(() => server.beatsOf(task.taskId).length > 0);
    server.isDown = true;
    engine.finish[0]!();
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    server.isDown = false;
    expect((await completionOf(server, task)).outcome).toBe('done');
    const next = server.give({});
    await until(() => engine.finish[1]);
    engine.finish[1]!();
    await completionOf(server, next);
  });

  it('drains: finishes what runs, takes nothing new, releases, ends', async () => {
    const { server, agent, engine } = await box();
    const task = server.give({});
    await until(() => engine.started.length === 1);
    server.drain = true;
    await until(() => agent.status().state === 'draining');
    server.give({});
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(server.bodies('release')).toEqual([]);
    engine.finish[0]!();
    expect(await agent.ended).toBe('released');
    expect((await completionOf(server, task)).outcome).toBe('done');
    expect(server.bodies('release')).toEqual([{ reason: 'drain', tasks: [], final: true }]);
    expect(engine.started).toHaveLength(1);
    expect(engine.closed).toBe(true);
  });

  it('on SIGTERM hands back, with their seconds, the tasks that do not end within the grace', async () => {
    const { server, agent, engine } = await box();
    const [quick, slow] = [server.give({ parameters: { n: 1 } }), server.give({ parameters: { n: 2 } })];
    await until(() => engine.started.length === 2);
    const ended = agent.stop();
    engine.finish[engine.started.findIndex((t) => t.parameters.n === 1)]!();
    expect(await ended).toBe('released');
    expect((await completionOf(server, quick)).outcome).toBe('done');
    const [release] = server.bodies<ReleaseRequest>('release');
    expect(release).toMatchObject({ reason: 'sigterm', final: true, tasks: [{ taskId: slow.taskId, attempt: 1 }] });
    expect(release!.tasks[0]!.meter.workMs).toBeGreaterThanOrEqual(200);
    expect(server.bodies<CompleteRequest>('complete')).toHaveLength(1);
  });

  it('ends at once on a second signal', async () => {
    const { agent, engine, server } = await box();
    server.give({});
    await until(() => engine.started.length === 1);
    const began = performance.now();
    void agent.stop('spot_notice', 60_000);
    expect(await agent.stop('sigterm', 0)).toBe('released');
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('ends as unknown when the server no longer knows its token', async () => {
    const { server, agent, engine } = await box();
    server.give({});
    await until(() => engine.started.length === 1);
    server.refuseToken = true;
    expect(await agent.ended).toBe('unknown_box');
    expect(engine.started[0]!.signal.aborted).toBe(true);
  });

  it('leaves when idle, without parent, and without server for long enough; not before', async () => {
    let isOrphan = false;
    const { server, agent } = await box(undefined, {}, () => isOrphan);
    await until(() => agent.status().state === 'ready');
    server.isDown = true;
    let ended = false;
    void agent.ended.then(() => (ended = true));
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(ended).toBe(false);
    isOrphan = true;
    expect(await agent.ended).toBe('orphaned');
  });

  it('writes no secret into its log', () => {
    expect(logged.length).toBeGreaterThan(1_000);
    for (const secret of ['boot-secret', 'nonce-secret', 'token-1', 'top-secret', 'signature=']) expect(logged).not.toContain(secret);
  });
});
