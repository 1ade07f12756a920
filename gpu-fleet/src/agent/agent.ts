/**
 * The life of a box: register → lease and run → drain → release. It asks for work while a slot is free, beats whether or not
 * anything runs, and ends for one of the reasons in `AgentEnding`.
 */
import { randomUUID } from 'node:crypto';
import {
  vramTogether,
  type HeartbeatRequest,
  type HeartbeatResponse,
  type LeasedTask,
  type RegisterResponse,
  type ReleaseRequest,
  type WeightsRef,
} from '@atelier/contracts';
import type { Settings } from '../config/settings.js';
import type { Engine } from '../engines/engine.js';
import type { Machine } from '../gpu/probe.js';
import { sleep } from './backoff.js';
import { FleetClient, FleetRefusal } from './fleet-client.js';
import { HeartbeatLoop } from './heartbeat.js';
import type { Log } from './log.js';
import { TaskRun } from './task-run.js';
import type { WeightsCache } from './weights-cache.js';

export const AGENT_VERSION = '0.1.0';
const ORPHAN_CHECK_MS = 1_000;
/** How long the last call waits for a server that does not answer. */
const RELEASE_LIMIT_MS = 3_000;

/**
 * `unknown_box`: the server does not accept this box (any more); the provider must start a new one with a fresh proof.
 * `failed`: a fault of the agent itself.
 */
export type AgentEnding = 'released' | 'unknown_box' | 'orphaned' | 'failed';
export type StopReason = ReleaseRequest['reason'];

export interface AgentParts {
  settings: Settings;
  machine: Machine;
  engines: Engine[];
  weights: WeightsCache;
  log: Log;
  /** True when the process that started this one has ended. */
  isOrphan?: () => boolean;
}

export class Agent {
  readonly ended: Promise<AgentEnding>;
  private readonly client: FleetClient;
  private readonly running = new Map<string, TaskRun>();
  private readonly leasing = new AbortController();
  private readonly dying = new AbortController();
  private slotFreed = new AbortController();
  private box: RegisterResponse | null = null;
  private beats: HeartbeatLoop | null = null;
  private drain: { reason: StopReason; graceMs: number } | null = null;
  private end!: (ending: AgentEnding) => void;

  constructor(private readonly parts: AgentParts) {
    this.client = new FleetClient(parts.settings.url, parts.log);
    this.ended = new Promise<AgentEnding>((resolve) => (this.end = resolve)).then((ending) => this.close(ending));
    void this.live();
  }

  /** Stops leasing, lets running tasks end within `graceMs`, gives back the rest, releases. A second call may only shorten the grace. */
  stop(reason: StopReason, graceMs: number): Promise<AgentEnding> {
    if (this.drain && graceMs >= this.drain.graceMs) return this.ended;
    const first = this.drain === null;
    this.drain = { reason, graceMs };
    this.parts.log.info('stopping', { reason, graceMs: Number.isFinite(graceMs) ? graceMs : null, running: this.running.size });
    this.leasing.abort();
    if (graceMs === 0) this.dying.abort();
    else if (Number.isFinite(graceMs)) setTimeout(() => this.dying.abort(), graceMs).unref();
    if (first) void this.depart(reason);
    return this.ended;
  }

  /** For the status page: no token, no address. */
  status(): Record<string, unknown> {
    return {
      boxId: this.box?.boxId ?? null,
      pool: this.parts.settings.pool,
      instanceId: this.parts.settings.instanceId,
      agentVersion: AGENT_VERSION,
      state: this.drain ? 'draining' : this.box ? 'ready' : 'registering',
      slots: this.slots,
      serverUnreachableMs: Math.round(this.client.unreachableMs),
      gpu: this.parts.machine.gpu,
      engines: this.parts.engines.map(({ name, version, kinds }) => ({ name, version, kinds })),
      running: [...this.running.values()].map((run) => ({ taskId: run.task.taskId, attempt: run.task.attempt, kind: run.task.kind, ...run.standing() })),
    };
  }

  private get slots(): number {
    return Math.min(this.box?.slots ?? 0, this.parts.settings.slots ?? Infinity);
  }

  /** What its running tasks leave of the card, by their declarations. */
  private get freeVramMb(): number {
    return Math.max(0, this.parts.machine.gpu.vramMb - vramTogether([...this.running.values()].map(({ task }) => task)));
  }

  private weightsHere(): { loaded: string[]; cached: string[] } {
    return { loaded: [...new Set(this.parts.engines.flatMap((engine) => engine.loaded()))], cached: this.parts.weights.cached() };
  }

  private async live(): Promise<void> {
    const orphanWatch = setInterval(() => this.leaveIfOrphaned(), ORPHAN_CHECK_MS);
    void this.ended.finally(() => clearInterval(orphanWatch));
    try {
      this.box = await this.register();
      this.client.useToken(this.box.token);
      this.parts.weights.trust(this.box.passportKeys ?? []);
      this.parts.log.info('registered', { boxId: this.box.boxId, slots: this.slots });
      this.beats = new HeartbeatLoop(
        this.box.heartbeatMs,
        () => this.beat(),
        (answer) => this.hear(answer),
      );
      await Promise.all([this.beats.run((error) => !(error instanceof FleetRefusal && error.isUnknownBox)), this.leaseWhileWanted(this.box)]);
    } catch (error) {
      if (error instanceof FleetRefusal)
        this.leaveAtOnce('unknown_box', { reason: error.message, cure: 'start a new box with a fresh nonce and the current bootstrap secret' });
      else if (!this.leasing.signal.aborted) this.leaveAtOnce('failed', { reason: (error as Error).stack });
    }
  }

  private register(): Promise<RegisterResponse> {
    const { settings, machine, engines } = this.parts;
    const { pool, credentials, instanceId, launchedAt, capacity, zone } = settings;
    return this.client.register(
      {
        pool,
        bootstrapSecret: credentials.bootstrapSecret,
        proof: credentials.proof,
        instanceId,
        launchedAt,
        agentVersion: AGENT_VERSION,
        capacity,
        zone,
        gpu: machine.gpu,
        engines: engines.map(({ name, version, kinds }) => ({ name, version, kinds: [...kinds] })),
      },
      { signal: this.leasing.signal },
    );
  }

  /** Nothing can be reported any more: what runs is dropped, its leases expire. */
  private leaveAtOnce(ending: AgentEnding, facts: Record<string, unknown>): void {
    this.parts.log.error(ending === 'unknown_box' ? 'the server refused this box' : 'the agent failed', facts);
    this.leasing.abort();
    for (const run of this.running.values()) run.forget();
    this.end(ending);
  }

  private async leaseWhileWanted(box: RegisterResponse): Promise<void> {
    const { signal } = this.leasing;
    while (!signal.aborted) {
      const free = this.slots - this.running.size;
      if (free <= 0) {
        this.slotFreed = new AbortController();
        await sleep(60_000, AbortSignal.any([this.slotFreed.signal, signal]));
        continue;
      }
      const request = { requestId: randomUUID(), free: { slots: free, vramMb: this.freeVramMb }, ...this.weightsHere() };
      try {
        const { tasks, drain } = await this.client.lease(request, box.longPollMs, { signal });
        for (const task of tasks) this.start(task);
        if (drain) void this.stop('drain', Infinity);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof FleetRefusal) || error.isUnknownBox) throw error;
        this.parts.log.warn('lease refused', { reason: error.message });
        await sleep(box.heartbeatMs, signal);
      }
    }
  }

  private start(task: LeasedTask): void {
    const { settings, engines, log } = this.parts;
    log.info('task leased', { taskId: task.taskId, attempt: task.attempt, kind: task.kind });
    const old = this.running.get(task.taskId);
    if (old?.task.attempt === task.attempt) return;
    old?.hear({ taskId: task.taskId, attempt: old.task.attempt, verdict: 'superseded' });
    const engine = engines.find((e) => e.name === task.engine && e.kinds.includes(task.kind));
    const run = new TaskRun(task, {
      client: this.client,
      engine,
      weights: this.parts.weights,
      baseUrl: settings.url,
      log,
      onNews: (urgency) => this.beats?.hasNews(urgency),
    });
    this.running.set(task.taskId, run);
    void run.ended.then((ending) => {
      if (ending === 'handed_back') return;
      if (this.running.get(task.taskId) === run) this.running.delete(task.taskId);
      this.slotFreed.abort();
    });
  }

  private async beat(): Promise<HeartbeatResponse> {
    const body: HeartbeatRequest = { tasks: [...this.running.values()].map((run) => run.beat()), gpu: this.parts.machine.health(), ...this.weightsHere() };
    try {
      return await this.client.heartbeat(body, { retry: false });
    } catch (error) {
      this.parts.log.warn('heartbeat failed', { reason: (error as Error).message });
      throw error;
    }
  }

  private hear({ tasks, drain, token, preload }: HeartbeatResponse): void {
    if (token) this.client.useToken(token);
    for (const verdict of tasks) {
      const run = this.running.get(verdict.taskId);
      if (run?.task.attempt === verdict.attempt) run.hear(verdict);
    }
    if (drain) void this.stop('drain', Infinity);
    else if (preload) this.preload(preload);
  }

  /** A hint is followed when nothing else is done: one file at a time, and never in the way of a task. */
  private preload(refs: readonly WeightsRef[]): void {
    const { weights, log } = this.parts;
    const next = refs.find((ref) => !weights.cached().includes(ref.digest));
    if (!next || this.running.size > 0 || weights.isFetching || this.leasing.signal.aborted) return;
    weights.acquire(next, this.leasing.signal).then(
      (held) => held.release(),
      (error: Error) => log.warn('weights were not fetched ahead', { digest: next.digest, reason: error.message }),
    );
  }

  /** The end in order: running tasks within the grace, then what is left is handed back with its seconds, then silence. */
  private async depart(reason: StopReason): Promise<void> {
    const allEnded = () => Promise.all([...this.running.values()].map((run) => run.ended));
    await Promise.race([allEnded(), aborted(this.dying.signal)]);
    for (const run of this.running.values()) run.handBack();
    await Promise.race([allEnded(), sleep(RELEASE_LIMIT_MS)]);
    // The release is the last word: a heartbeat after it would speak for a box that is gone.
    this.beats?.stop();
    const tasks = [...this.running.values()].map((run) => ({ taskId: run.task.taskId, attempt: run.task.attempt, meter: run.finalMeter() }));
    if (this.box) {
      const last = { reason: this.drain?.reason ?? reason, tasks, final: true };
      await this.client.release(last, { signal: AbortSignal.timeout(RELEASE_LIMIT_MS) }).then(
        () => this.parts.log.info('released', { handedBack: tasks.length }),
        (error: unknown) => this.parts.log.warn('left without a release; leases will expire', { reason: (error as Error).message }),
      );
    }
    this.end('released');
  }

  private leaveIfOrphaned(): void {
    if (!this.parts.isOrphan?.() || this.running.size > 0 || this.client.unreachableMs < this.parts.settings.orphanExitMs) return;
    this.parts.log.warn('the server is out of reach and the process that started this box is gone: leaving', {});
    this.leasing.abort();
    this.end('orphaned');
  }

  private async close(ending: AgentEnding): Promise<AgentEnding> {
    this.beats?.stop();
    await Promise.all(this.parts.engines.map((engine) => engine.close()));
    this.parts.weights.close();
    return ending;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));
}
