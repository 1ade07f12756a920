import type { EngineName, LeasedTask, LeaseRequest, LeaseResponse } from '@atelier/contracts';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { ConfigOf } from '../../platform/config/index.js';
import { typeId } from '../../platform/ids/index.js';
import { Wakeups } from '../../platform/outbox/index.js';
import { Storage } from '../../platform/storage/index.js';
import { fleetConfig } from '../pools/index.js';
import type { LeasedTaskRow } from '../tasks/index.js';
import { Bell } from './bell.js';
import type { CallingBox } from './box.js';
import { closingDown } from './boxes.errors.js';
import { TicketDesk, type Capacity } from './ticket-desk.service.js';

/** How often somebody looks although no bell rang: wake-ups carry no truth and may be lost. */
const LOOK_AGAIN_MS = 1000;

/** The long poll: a box asks for work and waits until there is some, it is told to go, or time is up. */
@Injectable()
export class Leases implements OnModuleInit, OnModuleDestroy {
  private readonly bell = new Bell();
  /** Waiting polls by box, to end one early. */
  private readonly polls = new Map<string, Set<AbortController>>();
  private closing = false;
  private unsubscribe: () => void = () => undefined;
  private looking: NodeJS.Timeout | undefined;

  constructor(
    private readonly desk: TicketDesk,
    private readonly storage: Storage,
    private readonly wakeups: Wakeups,
    @Inject(fleetConfig.token) private readonly config: ConfigOf<typeof fleetConfig>,
  ) {}

  onModuleInit(): void {
    // The key is a pool with tickets, or a box that has been told to go.
    const ends = this.wakeups.subscribe('lease', (key) => {
      this.bell.ring(key);
      this.polls.get(key)?.forEach((poll) => poll.abort());
    });
    // The key is the pool and the box that has more room than before.
    const grows = this.wakeups.subscribe('room', (key) => this.bell.ring(...(key.split('/') as [string, string])));
    this.unsubscribe = () => [ends, grows].forEach((end) => end());
    this.looking = setInterval(() => this.bell.keys().forEach((poolId) => this.bell.ring(poolId)), LOOK_AGAIN_MS);
    this.looking.unref();
  }

  onModuleDestroy(): void {
    this.closing = true;
    this.unsubscribe();
    clearInterval(this.looking);
    for (const polls of this.polls.values()) polls.forEach((poll) => poll.abort());
  }

  /**
   * @param signal aborts when the box hung up
   * Answers `drain` as soon as the box is told to go. The same `requestId` is answered with the same tasks for as long as the box holds them.
   */
  async lease(box: CallingBox, request: LeaseRequest, signal: AbortSignal): Promise<LeaseResponse> {
    const { before, state, ...capacity } = await this.desk.open(box, request);
    if (before.length > 0) return this.answer(before);
    if (state !== 'ready' && state !== 'lost') return { tasks: [], drain: true };
    const poll = new AbortController();
    const leave = (): void => poll.abort();
    signal.addEventListener('abort', leave);
    // A box waits once; an earlier poll of its own is one it has given up.
    this.polls.get(box.id)?.forEach((earlier) => earlier.abort());
    this.remember(box.id, poll);
    try {
      // A box that was given up gets no work before a heartbeat of its own has taken it back.
      return state === 'lost' ? await this.sitOut(poll.signal) : await this.wait(box, request, capacity, poll.signal, signal);
    } finally {
      signal.removeEventListener('abort', leave);
      this.forget(box.id, poll);
    }
  }

  private async wait(box: CallingBox, request: LeaseRequest, capacity: Capacity, poll: AbortSignal, hungUp: AbortSignal): Promise<LeaseResponse> {
    const deadline = performance.now() + this.config.longPollMs;
    for (;;) {
      const seen = this.bell.count(box.poolId);
      const leased = poll.aborted ? [] : await this.desk.take(box, request, capacity);
      if (leased.length > 0) {
        // Whoever finds work rings for the next; there may be more.
        this.bell.ring(box.poolId);
        if (!hungUp.aborted) return this.answer(leased);
        await this.desk.giveBack(box, leased);
      }
      const left = deadline - performance.now();
      if (this.closing) throw closingDown();
      if (poll.aborted || left <= 0) return { tasks: [], drain: !['ready', 'lost'].includes(await this.desk.state(box)) };
      const rung = await this.bell.wait(box.poolId, seen, left, poll, box.id);
      // A bell that rang for a box that has left is passed on.
      if (rung && poll.aborted) this.bell.ring(box.poolId);
    }
  }

  private async sitOut(poll: AbortSignal): Promise<LeaseResponse> {
    await this.bell.wait('', this.bell.count(''), LOOK_AGAIN_MS, poll);
    return { tasks: [], drain: false };
  }

  private async answer(leased: readonly LeasedTaskRow[]): Promise<LeaseResponse> {
    return { tasks: await Promise.all(leased.map((task) => this.toLeasedTask(task))), drain: false };
  }

  private async toLeasedTask(task: LeasedTaskRow): Promise<LeasedTask> {
    const { leaseTtlMs } = this.config;
    const expiresSeconds = Math.ceil((task.timeLimitMs + leaseTtlMs) / 1000) + 60;
    const sign = (key: string): Promise<string> => this.storage.signGet(key, { expiresSeconds });
    return {
      taskId: typeId('task', task.taskId),
      attempt: task.attempt,
      // No box is able to do external work, so none was leased.
      engine: task.engine as EngineName,
      kind: task.kind,
      parameters: task.parameters,
      inputs: await Promise.all(task.inputs.map(async ({ key, ...input }) => ({ ...input, url: await sign(key) }))),
      weights: await Promise.all(task.weights.map(async ({ key, ...weights }) => ({ ...weights, url: await sign(key) }))),
      vramMb: task.vramMb,
      timeLimitMs: task.timeLimitMs,
      leaseTtlMs,
    };
  }

  private remember(boxId: string, poll: AbortController): void {
    const polls = this.polls.get(boxId) ?? new Set();
    this.polls.set(boxId, polls.add(poll));
  }

  private forget(boxId: string, poll: AbortController): void {
    const polls = this.polls.get(boxId);
    polls?.delete(poll);
    if (polls?.size === 0) this.polls.delete(boxId);
  }
}
