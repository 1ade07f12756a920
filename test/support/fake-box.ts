import { createHash, randomUUID } from 'node:crypto';
import { TASK_KINDS } from '@atelier/contracts';
import type {
  CompleteRequest,
  CompleteResponse,
  GpuClass,
  HeartbeatRequest,
  HeartbeatResponse,
  LeasedTask,
  LeaseRequest,
  LeaseResponse,
  RegisterRequest,
  RegisterResponse,
  ReleaseRequest,
  ReleaseResponse,
  TaskBeat,
  TaskOutput,
  UploadGrant,
} from '@atelier/contracts';
import type { INestApplicationContext } from '@nestjs/common';
import { Boxes, type LaunchedBox } from '../../src/fleet/boxes/index.js';
import { Pools } from '../../src/fleet/pools/index.js';
import { SystemTx } from '../../src/platform/database/index.js';

export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly text: string,
  ) {
    super(`${status} ${code}: ${text}`);
  }
}

/** The smallest picture there is, a grey pixel; `seed` makes other bytes. */
export function tinyPng(seed = 0): Buffer {
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCBd81ytgAAAABJRU5ErkJggg==', 'base64');
  return seed === 0 ? png : Buffer.concat([png, Buffer.from(`#${seed}`)]);
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const LEASE_ONE_MS = 10_000;

/** A box without an engine that speaks the fleet protocol over real HTTP, one call at a time, as a test says. */
export class FakeBox {
  token = '';
  boxId = '';
  registered: RegisterResponse | undefined;
  kinds: RegisterRequest['engines'][number]['kinds'] = [...TASK_KINDS];

  constructor(
    private readonly url: string,
    readonly launched: LaunchedBox,
    private readonly pool = 'local',
    private readonly gpuClass: GpuClass = 'CPU',
    private readonly vramMb = 0,
  ) {}

  /** Launched as a provider does, and registered. */
  static async start(
    app: { url: string; nest: INestApplicationContext },
    pool = 'local',
    gpu: { class: GpuClass; vramMb: number } = { class: 'CPU', vramMb: 0 },
  ): Promise<FakeBox> {
    const box = await FakeBox.launch(app, pool, gpu);
    await box.register();
    return box;
  }

  static async launch(
    app: { url: string; nest: INestApplicationContext },
    pool = 'local',
    gpu: { class: GpuClass; vramMb: number } = { class: 'CPU', vramMb: 0 },
  ): Promise<FakeBox> {
    const row = await app.nest.get(SystemTx).run('pool for fake box', (em) => app.nest.get(Pools).getNamed(em, pool));
    const launched = await app.nest.get(Boxes).launch(row, `fake-${randomUUID()}`, { living: 1000 });
    return new FakeBox(app.url, launched!, pool, gpu.class, gpu.vramMb);
  }

  async register(change: Partial<RegisterRequest> = {}): Promise<RegisterResponse> {
    const request: RegisterRequest = {
      pool: this.pool,
      bootstrapSecret: this.launched.bootstrapSecret,
      proof: { kind: 'local', nonce: this.launched.nonce },
      instanceId: this.launched.box.instanceId,
      launchedAt: this.launched.box.launchedAt.toISOString(),
      agentVersion: 'fake-1',
      capacity: 'on_demand',
      zone: null,
      gpu: { class: this.gpuClass, name: 'fake', vramMb: this.vramMb, driver: null },
      engines: [{ name: 'builtin', version: '1', kinds: this.kinds }],
      ...change,
    };
    this.registered = await this.call<RegisterResponse>('register', request);
    this.token = this.registered.token;
    this.boxId = this.registered.boxId;
    return this.registered;
  }

  lease(change: Partial<LeaseRequest> = {}, signal?: AbortSignal): Promise<LeaseResponse> {
    return this.call<LeaseResponse>('lease', { requestId: randomUUID(), free: { slots: 1, vramMb: this.vramMb }, loaded: [], cached: [], ...change }, signal);
  }

  /** Leases until a task comes; on a slow machine one long poll may be over before. */
  async leaseOne(change: Partial<LeaseRequest> = {}): Promise<LeasedTask> {
    for (const end = Date.now() + LEASE_ONE_MS; Date.now() < end;) {
      const { tasks } = await this.lease(change);
      if (tasks[0]) return tasks[0];
    }
    throw new Error('no long poll brought any work');
  }

  heartbeat(tasks: (Pick<TaskBeat, 'taskId' | 'attempt'> & Partial<TaskBeat>)[] = [], change: Partial<HeartbeatRequest> = {}): Promise<HeartbeatResponse> {
    return this.call<HeartbeatResponse>('heartbeat', {
      tasks: tasks.map(beatOf),
      gpu: { vramUsedMb: 0, utilisation: 0.5, xid: null },
      loaded: [],
      cached: [],
      ...change,
    });
  }

  /** Asks for a grant and uploads under it. */
  async upload(task: LeasedTask, bytes: Buffer, slot = 'image'): Promise<TaskOutput> {
    const grant = await this.grant(task, bytes, slot);
    const answer = await fetch(grant.url, { method: 'PUT', headers: grant.headers, body: new Uint8Array(bytes) });
    if (!answer.ok) throw new Refused(answer.status, 'upload', await answer.text());
    return { slot, key: grant.key, sha256: sha256(bytes), bytes: bytes.length, contentType: 'image/png', width: 1, height: 1, metadata: { engine: 'fake' } };
  }

  async grant(task: LeasedTask, bytes: Buffer, slot = 'image'): Promise<UploadGrant> {
    const wish = { slot, sha256: sha256(bytes), bytes: bytes.length, contentType: 'image/png' };
    const { tasks } = await this.heartbeat([{ taskId: task.taskId, attempt: task.attempt, state: 'running', uploads: [wish] }]);
    const grant = tasks[0]?.uploads?.[0];
    if (!grant) throw new Error(`no upload address was granted: ${tasks[0]?.verdict}`);
    return grant;
  }

  complete(task: { taskId: string; attempt: number }, change: Partial<CompleteRequest> = {}): Promise<CompleteResponse> {
    const { taskId, attempt } = task;
    return this.call<CompleteResponse>('complete', {
      taskId,
      attempt,
      outcome: 'done',
      outputs: [],
      meter: { loadMs: 0, workMs: 1 },
      stepsDone: 1,
      stepsTotal: 1,
      simulated: true,
      ...change,
    });
  }

  /** Everything an honest box does with a task. */
  async finish(task: LeasedTask, bytes = tinyPng()): Promise<CompleteResponse> {
    return this.complete(task, { outputs: [await this.upload(task, bytes)] });
  }

  fail(task: LeasedTask, errorClass: 'input' | 'task' | 'box', code = 'engine_crash'): Promise<CompleteResponse> {
    return this.complete(task, { outcome: 'failed', error: { class: errorClass, code, message: 'as the test says' }, stepsDone: 0 });
  }

  release(tasks: LeasedTask[], change: Partial<ReleaseRequest> = {}): Promise<ReleaseResponse> {
    return this.call<ReleaseResponse>('release', {
      reason: 'drain',
      tasks: tasks.map(({ taskId, attempt }) => ({ taskId, attempt, meter: { loadMs: 0, workMs: 0 } })),
      final: false,
      ...change,
    });
  }

  async call<T>(name: string, body: unknown, signal?: AbortSignal): Promise<T> {
    const answer = await fetch(`${this.url}/api/v1/agent/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(this.token && { authorization: `Bearer ${this.token}` }) },
      body: JSON.stringify(body),
      signal,
    });
    const text = await answer.text();
    if (!answer.ok) throw new Refused(answer.status, (JSON.parse(text) as { code: string }).code, text);
    return JSON.parse(text) as T;
  }
}

const beatOf = (beat: Pick<TaskBeat, 'taskId' | 'attempt'> & Partial<TaskBeat>): TaskBeat => ({
  taskId: beat.taskId,
  attempt: beat.attempt,
  state: beat.state ?? 'running',
  step: beat.step ?? 1,
  totalSteps: beat.totalSteps ?? 10,
  stage: beat.stage ?? 'sampling',
  meter: beat.meter ?? { loadMs: 0, workMs: 1 },
  ...(beat.preview && { preview: beat.preview }),
  ...(beat.uploads && { uploads: beat.uploads }),
});
