/** For specs and benches: a server that speaks the fleet protocol over real HTTP and refuses every body that is not exactly of it. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HeartbeatRequest, HeartbeatResponse, LeasedTask, LeaseRequest, PassportKey, ReleaseRequest, TaskBeat, WeightsRef } from '@atelier/contracts';

type Verdict = HeartbeatResponse['tasks'][number]['verdict'];
const keysOf = (value: object) => Object.keys(value).sort().join();

export class StandIn {
  url = '';
  heard: { call: string; body: unknown; at: number }[] = [];
  files = new Map<string, Buffer>();
  tasks: LeasedTask[] = [];
  verdicts = new Map<string, Verdict>();
  drain = false;
  /** While set, connections are cut without an answer. */
  isDown = false;
  refuseToken = false;
  expireFirstUpload = false;
  faults: string[] = [];
  passportKeys: PassportKey[] = [];
  preload: WeightsRef[] = [];
  /** Connections that bring a file are cut after so many bytes, once each. */
  cuts: number[] = [];
  /** `<path> <range>` of every file that was asked for. */
  fetches: string[] = [];
  /** Told of each call as it comes. */
  onCall: (call: string, body: unknown) => void = () => undefined;
  private waiting: (() => void)[] = [];
  private leases = new Map<string, LeasedTask[]>();
  private readonly server = createServer((request, response) => void this.serve(request, response));

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  give(task: Partial<LeasedTask>): LeasedTask {
    const whole: LeasedTask = {
      taskId: `task_${randomUUID()}`,
      attempt: 1,
      engine: 'builtin',
      kind: 'txt2img',
      parameters: {},
      inputs: [],
      weights: [],
      vramMb: 0,
      timeLimitMs: 60_000,
      leaseTtlMs: 3_000,
      ...task,
    };
    this.tasks.push(whole);
    this.wake();
    return whole;
  }

  wake(): void {
    this.waiting.splice(0).forEach((go) => go());
  }

  bodies<T>(call: string): T[] {
    return this.heard.filter((h) => h.call === call).map((h) => h.body as T);
  }

  beatsOf(taskId: string): TaskBeat[] {
    return this.bodies<HeartbeatRequest>('heartbeat').flatMap((b) => b.tasks.filter((t) => t.taskId === taskId));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (this.isDown) return void request.socket.destroy();
    const path = request.url!.split('?')[0]!;
    if (request.method === 'GET' && this.files.has(path)) return this.send(request, response, path);
    const answer = path.startsWith('/files/') ? this.file(request, path, body) : await this.agentCall(request, path, body);
    response
      .writeHead(answer.status, { 'content-type': 'application/json' })
      .end(Buffer.isBuffer(answer.body) ? answer.body : JSON.stringify(answer.body ?? {}));
  }

  /** A file, or the rest of it from where the asker has it. */
  private send(request: IncomingMessage, response: ServerResponse, path: string): void {
    const file = this.files.get(path)!;
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    this.fetches.push(`${path} ${from}`);
    const headers = { 'content-length': file.length - from, ...(from > 0 ? { 'content-range': `bytes ${from}-${file.length - 1}/${file.length}` } : {}) };
    response.writeHead(from > 0 ? 206 : 200, headers);
    const cut = this.cuts.shift();
    if (cut === undefined) response.end(file.subarray(from));
    else response.write(file.subarray(from, from + cut), () => setTimeout(() => response.destroy(), 50));
  }

  private file(request: IncomingMessage, path: string, body: Buffer): { status: number; body?: Buffer } {
    if (request.method === 'GET') return { status: 404 };
    if (this.expireFirstUpload) {
      this.expireFirstUpload = false;
      return { status: 403 };
    }
    if (request.headers['x-granted'] !== 'yes') this.faults.push('upload without the granted header');
    this.files.set(path, body);
    return { status: 200 };
  }

  private async agentCall(request: IncomingMessage, path: string, raw: Buffer): Promise<{ status: number; body?: unknown }> {
    const call = /^\/api\/v1\/agent\/(\w+)$/.exec(path)?.[1] ?? path;
    const body = JSON.parse(raw.toString()) as never;
    if (call !== 'register' && (this.refuseToken || request.headers.authorization !== 'Bearer token-1'))
      return { status: 401, body: { code: 'unknown_box', detail: 'This box is not known.' } };
    const fault = faultOf(call, body);
    if (fault) {
      this.faults.push(fault);
      return { status: 422, body: { code: 'validation', detail: fault } };
    }
    this.heard.push({ call, body, at: performance.now() });
    this.onCall(call, body);
    return { status: 200, body: await this.answer(call, body) };
  }

  private async answer(call: string, body: never): Promise<unknown> {
    if (call === 'register') {
      const { passportKeys } = this;
      return { boxId: 'box_1', token: 'token-1', tokenTtlMs: 900_000, heartbeatMs: 200, leaseTtlMs: 3_000, longPollMs: 1_000, slots: 2, passportKeys };
    }
    if (call === 'lease') return this.lease(body);
    if (call === 'heartbeat') return this.beat(body);
    if (call === 'complete') return { accepted: true, replayed: false };
    return { released: (body as ReleaseRequest).tasks.map((t) => t.taskId) };
  }

  private async lease({ requestId, free }: LeaseRequest): Promise<unknown> {
    if (this.tasks.length === 0 && !this.drain)
      await Promise.race([new Promise<void>((go) => this.waiting.push(go)), new Promise((go) => setTimeout(go, 1_000))]);
    const tasks = this.leases.get(requestId) ?? this.tasks.splice(0, free.slots);
    this.leases.set(requestId, tasks);
    return { tasks, drain: this.drain };
  }

  private beat({ tasks }: HeartbeatRequest): HeartbeatResponse {
    const verdictOf = (t: TaskBeat) => ({ taskId: t.taskId, attempt: t.attempt, verdict: this.verdicts.get(t.taskId) ?? ('continue' as const) });
    const grant = (t: TaskBeat) =>
      t.uploads?.map(({ slot, sha256 }) => ({
        slot,
        key: `outputs/${sha256}`,
        url: `${this.url}/files/${sha256}?signature=top-secret`,
        headers: { 'x-granted': 'yes', 'content-type': 'image/png' },
      }));
    return {
      tasks: tasks.map((t) => ({ ...verdictOf(t), ...(t.uploads ? { uploads: grant(t)! } : {}) })),
      drain: this.drain,
      ...(this.preload.length > 0 ? { preload: this.preload } : {}),
    };
  }
}

/** What is wrong with a body, null when it is of the protocol. */
function faultOf(call: string, body: Record<string, never>): string | null {
  const shapes: Record<string, string> = {
    register: 'agentVersion,bootstrapSecret,capacity,engines,gpu,instanceId,launchedAt,pool,proof,zone',
    lease: 'cached,free,loaded,requestId',
    heartbeat: 'cached,gpu,loaded,tasks',
    release: 'final,reason,tasks',
    complete: `attempt,${(body as { error?: unknown }).error ? 'error,' : ''}meter,outcome,outputs,simulated,stepsDone,stepsTotal,taskId`,
  };
  if (shapes[call] !== keysOf(body)) return `${call}: ${keysOf(body)}`;
  if (call === 'lease' && !((body as unknown as LeaseRequest).free.slots >= 1)) return 'lease without a free slot';
  for (const beat of call === 'heartbeat' ? (body as unknown as HeartbeatRequest).tasks : []) {
    const wanted = [
      'attempt',
      'meter',
      'stage',
      'state',
      'step',
      'taskId',
      'totalSteps',
      ...(beat.preview ? ['preview'] : []),
      ...(beat.uploads ? ['uploads'] : []),
    ]
      .sort()
      .join();
    if (keysOf(beat) !== wanted) return `beat: ${keysOf(beat)}`;
    if (beat.preview && (!beat.preview.dataUrl.startsWith('data:image/jpeg;base64,') || beat.preview.dataUrl.length > 16_384))
      return 'preview too large or no JPEG';
    if (![beat.meter.loadMs, beat.meter.workMs, beat.step, beat.totalSteps].every((n) => Number.isInteger(n) && n >= 0)) return 'beat: numbers';
  }
  return null;
}
