import { vramTogether, type LeaseRequest, type VramUse } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import { SystemTx } from '../../platform/database/index.js';
import { Promotion, ticketOf } from '../lanes/index.js';
import { Attempts, Backlog, type LeasedTaskRow, type QueuedTask } from '../tasks/index.js';
import type { BoxState, CallingBox } from './box.js';
import * as repository from './boxes.system.repository.js';
import { chooseTask, type AskingBox } from './placement.js';

/** Looks at what waits before a box goes back to waiting itself; each but the first because tickets stood for what had moved on. */
const LOOKS_MAX = 50;
/** Queued tasks that one look sees, in the order of their turns; whoever stands behind so many is beyond the bound of unfairness. */
const SEEN_MAX = 200;

/** What a box holds in all, tasks on it included; MiB of the GPU are Infinity on a CPU box. */
export interface Capacity {
  slots: number;
  vramMb: number;
}

/** How a poll begins: what its request was given before, and whether the box may take more. */
export interface Opening extends Capacity {
  before: LeasedTaskRow[];
  state: BoxState;
}

/** Exchanges tickets for leases. A ticket is only a hint; the compare-and-set on the task's row decides. */
@Injectable()
export class TicketDesk {
  constructor(
    private readonly system: SystemTx,
    private readonly promotion: Promotion,
    private readonly backlog: Backlog,
    private readonly attempts: Attempts,
  ) {}

  /** What the box says is free counts beside what we know to be on it: less than the rest is something that only the box knows of. */
  open(box: CallingBox, request: LeaseRequest): Promise<Opening> {
    return this.system.run('open lease', async (em) => {
      const before = await this.attempts.leasedUnder(em, box.id, request.requestId);
      const state = (await repository.findBox(em, box.id))?.state ?? 'gone';
      const on = await this.backlog.onBox(em, box.id);
      const vramMb = box.gpuClass === 'CPU' ? Infinity : Math.min(box.vramMb, vramTogether(on) + request.free.vramMb);
      return { before, state, slots: Math.min(box.slots, on.length + request.free.slots), vramMb };
    });
  }

  async state(box: CallingBox): Promise<BoxState> {
    return (await this.system.run('state of box', (em) => repository.findBox(em, box.id)))?.state ?? 'gone';
  }

  /** Leases what there is and the box has room for now: while its poll waits, tasks end. */
  async take(box: CallingBox, request: LeaseRequest, capacity: Capacity): Promise<LeasedTaskRow[]> {
    const leased: LeasedTaskRow[] = [];
    for (let look = 0; look < LOOKS_MAX; look++) {
      const { waiting, on } = await this.look(box);
      const tickets = await this.tickets({ abilities: box.abilities, loaded: request.loaded, cached: request.cached, ...capacity, on }, waiting);
      if (tickets.length === 0) break;
      const got = await this.system.run('lease', (em) => this.attempts.lease(em, box, request.requestId, tickets));
      leased.push(...got);
      // What is left found no room, or has been taken by others.
      if (got.length === tickets.length) break;
    }
    return leased;
  }

  /** Nobody is there to run what was just leased. */
  async giveBack(box: CallingBox, leased: readonly LeasedTaskRow[]): Promise<void> {
    await this.system.run('give back unheard lease', async (em) => {
      for (const { taskId, attempt } of [...leased].sort((a, b) => (a.taskId < b.taskId ? -1 : 1))) {
        const task = await this.attempts.lock(em, box.id, taskId, attempt);
        if (task) await this.attempts.end(em, task, { kind: 'forgotten' });
      }
    });
  }

  private look(box: CallingBox): Promise<{ waiting: QueuedTask[]; on: VramUse[] }> {
    return this.system.run('look for tickets', async (em) => {
      const waiting = await this.backlog.queued(em, box.poolId, box.abilities, SEEN_MAX);
      return { waiting, on: waiting.length === 0 ? [] : await this.backlog.onBox(em, box.id) };
    });
  }

  /**
   * The tickets of the tasks that the box is to have, taken one by one, as far as nobody else has. From the taking on only the row counts: should the lease fail,
   * the row is still queued and the sweep gives it a ticket again.
   */
  private async tickets(box: AskingBox, waiting: readonly QueuedTask[]): Promise<QueuedTask[]> {
    const taken: QueuedTask[] = [];
    let left = waiting;
    for (let next; (next = chooseTask({ ...box, on: [...box.on, ...taken] }, left));) {
      const task = next;
      left = left.filter((other) => other !== task);
      if (await this.promotion.queue(task.laneId).take(ticketOf(task.taskId, task.attempt))) taken.push(task);
    }
    return taken;
  }
}
