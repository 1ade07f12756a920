import type { LeaseRequest } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import { SystemTx } from '../../platform/database/index.js';
import { log } from '../../platform/telemetry/index.js';
import { parseTicket, Promotion } from '../lanes/index.js';
import { Attempts, Backlog, type LeasedTaskRow, type TicketedLane } from '../tasks/index.js';
import type { CallingBox } from './box.js';
import * as repository from './boxes.system.repository.js';
import { orderLanes } from './lane-order.js';

/** Looks in a row before a box goes back to waiting: stale tickets are thrown away one by one. */
const LOOKS_MAX = 50;

interface Look {
  state: string;
  lanes: TicketedLane[];
  slots: number;
  freeVramMb: number;
}

/** Exchanges tickets for leases. A ticket is only a hint; the compare-and-set on the task's row decides. */
@Injectable()
export class TicketDesk {
  private readonly log = log('fleet/boxes');

  constructor(
    private readonly system: SystemTx,
    private readonly promotion: Promotion,
    private readonly backlog: Backlog,
    private readonly attempts: Attempts,
  ) {}

  /** What this request was answered before, as far as the box still holds it. */
  given(box: CallingBox, requestId: string): Promise<LeasedTaskRow[]> {
    return this.system.run('lease again', (em) => this.attempts.leasedUnder(em, box.id, requestId));
  }

  async drains(box: CallingBox): Promise<boolean> {
    const found = await this.system.run('state of box', (em) => repository.findBox(em, box.id));
    return found?.state !== 'ready' && found?.state !== 'lost';
  }

  /** Leases what there is, as far as slots and VRAM go. `serves` is false for a box that is to take no more. */
  async take(box: CallingBox, request: LeaseRequest): Promise<{ serves: boolean; leased: LeasedTaskRow[] }> {
    const leased: LeasedTaskRow[] = [];
    for (let look = 0; look < LOOKS_MAX; look++) {
      const { state, lanes, slots, freeVramMb } = await this.look(box, request);
      if (state !== 'ready') return { serves: state === 'lost', leased };
      const tickets = await this.tickets(lanes, slots - leased.length, freeVramMb);
      if (tickets.length === 0) return { serves: true, leased };
      leased.push(...(await this.exchange(box, request.requestId, tickets)));
      if (leased.length >= slots) return { serves: true, leased };
    }
    return { serves: true, leased };
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

  private look(box: CallingBox, request: LeaseRequest): Promise<Look> {
    return this.system.run('look for tickets', async (em) => {
      const found = await repository.findBox(em, box.id);
      const lanes = await this.backlog.ticketedLanes(em, box.poolId);
      if (found?.state !== 'ready' || lanes.length === 0) return { state: found?.state ?? 'gone', lanes: [], slots: 0, freeVramMb: 0 };
      const slots = Math.min(request.free.slots, box.slots - (await this.backlog.onBox(em, box.id)));
      const freeVramMb = box.gpuClass === 'CPU' ? Infinity : request.free.vramMb;
      return { state: found.state, lanes: orderLanes({ kinds: box.kinds, loaded: request.loaded, freeVramMb, slots: box.slots }, lanes), slots, freeVramMb };
    });
  }

  private async tickets(lanes: readonly TicketedLane[], slots: number, freeVramMb: number): Promise<{ laneId: string; ticket: string }[]> {
    const taken: { laneId: string; ticket: string }[] = [];
    let usedVramMb = 0;
    for (const { laneId, vramMb } of lanes) {
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
      return await this.system.run('lease', (em) =>
        this.attempts.lease(
          em,
          box,
          requestId,
          tickets.map(({ ticket }) => parseTicket(ticket)),
        ),
      );
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
