import type { LeaseRequest } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import { SystemTx } from '../../platform/database/index.js';
import { log } from '../../platform/telemetry/index.js';
import { parseTicket, Promotion } from '../lanes/index.js';
import { Pools } from '../pools/index.js';
import { Attempts, Backlog, type LeasedTaskRow } from '../tasks/index.js';
import type { BoxState, CallingBox } from './box.js';
import * as repository from './boxes.system.repository.js';
import { orderLanes } from './lane-order.js';

/** Tickets thrown away in a row before a box goes back to waiting. */
const LOOKS_MAX = 50;

/** How a poll begins: what its request was given before, whether the box may take more, and how much. */
export interface Opening {
  before: LeasedTaskRow[];
  state: BoxState;
  slots: number;
  /** MiB of the GPU that nothing on the box has declared; Infinity on a CPU box. */
  vramMb: number;
}

interface LaneOffer {
  laneId: string;
  /** Of one task, at most. */
  vramMb: number;
}

/** Exchanges tickets for leases. A ticket is only a hint; the compare-and-set on the task's row decides. */
@Injectable()
export class TicketDesk {
  private readonly log = log('fleet/boxes');

  constructor(
    private readonly system: SystemTx,
    private readonly pools: Pools,
    private readonly promotion: Promotion,
    private readonly backlog: Backlog,
    private readonly attempts: Attempts,
  ) {}

  /** Slots are counted here once: while one poll of a box waits, what runs on it can only become less. */
  open(box: CallingBox, request: LeaseRequest): Promise<Opening> {
    return this.system.run('open lease', async (em) => {
      const before = await this.attempts.leasedUnder(em, box.id, request.requestId);
      const state = (await repository.findBox(em, box.id))?.state ?? 'gone';
      const on = await this.backlog.onBox(em, box.id);
      const vramMb = box.gpuClass === 'CPU' ? Infinity : Math.min(request.free.vramMb, box.vramMb - on.vramMb);
      return { before, state, slots: Math.min(request.free.slots, box.slots - on.tasks), vramMb };
    });
  }

  async state(box: CallingBox): Promise<BoxState> {
    return (await this.system.run('state of box', (em) => repository.findBox(em, box.id)))?.state ?? 'gone';
  }

  /** Leases what there is, at most `slots` tasks and what VRAM is free. */
  async take(box: CallingBox, request: LeaseRequest, { slots, vramMb }: Pick<Opening, 'slots' | 'vramMb'>): Promise<LeasedTaskRow[]> {
    const leased: LeasedTaskRow[] = [];
    for (let look = 0; look < LOOKS_MAX && leased.length < slots; look++) {
      const freeVramMb = vramMb - leased.reduce((sum, task) => sum + task.vramMb, 0);
      const tickets = await this.tickets(await this.offers(box, request, freeVramMb), slots - leased.length, freeVramMb);
      if (tickets.length === 0) break;
      leased.push(...(await this.exchange(box, request.requestId, tickets)));
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

  /** The lanes the box should take from, best first. */
  private async offers(box: CallingBox, { loaded, cached }: LeaseRequest, freeVramMb: number): Promise<LaneOffer[]> {
    const ticketed = await this.system.run('look for tickets', (em) => this.backlog.ticketedLanes(em, box.poolId));
    return orderLanes({ abilities: box.abilities, loaded, cached, freeVramMb, slots: box.slots }, ticketed);
  }

  private async tickets(offers: readonly LaneOffer[], slots: number, freeVramMb: number): Promise<{ laneId: string; ticket: string }[]> {
    const taken: { laneId: string; ticket: string }[] = [];
    let usedVramMb = 0;
    for (const { laneId, vramMb } of offers) {
      for (; taken.length < slots && usedVramMb + vramMb <= freeVramMb; usedVramMb += vramMb) {
        const ticket = await this.promotion.queue(laneId).take();
        if (ticket === null) break;
        taken.push({ laneId, ticket });
      }
    }
    return taken;
  }

  private async exchange(box: CallingBox, requestId: string, tickets: readonly { laneId: string; ticket: string }[]): Promise<LeasedTaskRow[]> {
    try {
      const wanted = tickets.map(({ ticket }) => parseTicket(ticket));
      return await this.system.run('lease', (em) => this.attempts.lease(em, box, requestId, wanted));
    } finally {
      // From here on only the row counts; nothing waits for Bull. After a fault the row is still queued and the sweep gives it a ticket again.
      for (const { laneId, ticket } of tickets) {
        this.promotion
          .queue(laneId)
          .done(ticket)
          .catch((error: unknown) => this.log.debug({ err: error }, 'a ticket stays behind in its queue'));
      }
    }
  }
}
