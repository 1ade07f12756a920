import { correct, pickFair, type Flow, type Turns, type WaitingTask } from '../lanes/index.js';

/** Tasks of one tenant that the fair order looks at in one go. */
const LOADED = 8;

export interface LineTask extends WaitingTask {
  tenant: string;
  tierWeight: number;
}

/** One tenant's line in one tier: the tasks the fair order sees, and those behind them. */
interface Line<T extends LineTask> extends Flow {
  tasks: T[];
  rest: T[];
  more: boolean;
}

/** What waits, in the fair order of fleet/lanes. */
export class WaitingLine<T extends LineTask> {
  private readonly turns: Turns = { v: 0, tiers: new Map(), tenants: new Map() };
  private readonly lines = new Map<number, Map<string, Line<T>>>();
  private open: Line<T>[] = [];
  size = 0;

  add(task: T): void {
    const line = this.lineOf(task);
    this.size++;
    if (line.tasks.length === 0) this.open.push(line);
    if (line.tasks.length < LOADED && !line.more) line.tasks.push(task);
    else {
      line.rest.push(task);
      line.more = true;
    }
  }

  /** A task that was interrupted, with the tags it was picked by: it comes first, and is charged again what it gives back. */
  giveBack(task: T, tags: { tierTag: number; tag: number }): void {
    const line = this.lineOf(task);
    correct(this.turns, line, -task.cost);
    task.kept = tags;
    if (line.tasks.length === 0) this.open.push(line);
    line.tasks.unshift(task);
    this.size++;
  }

  /** Its real cost, when it has run. */
  corrected(task: T, cost: number): void {
    correct(this.turns, this.lineOf(task), cost - task.cost);
  }

  /** Calls back with up to `room` tasks whose turn it is. */
  take(room: number, taken: (task: T, tags: { tierTag: number; tag: number }) => void): void {
    while (room > 0 && this.size > 0) {
      const { picked } = pickFair(this.turns, this.open, room);
      if (picked.length === 0) return;
      room -= picked.length;
      const tasks = picked.map(({ id }) => this.remove(id));
      tasks.forEach((task, i) => taken(task, picked[i]!));
    }
  }

  private remove(id: string): T {
    for (let l = 0; ; l++) {
      const line = this.open[l]!;
      for (let i = 0; i < line.tasks.length; i++) {
        if (line.tasks[i]!.id !== id) continue;
        const task = line.tasks[i]!;
        line.tasks.splice(i, 1);
        this.size--;
        this.refill(line, l);
        return task;
      }
    }
  }

  private lineOf({ tierWeight, tenant }: T): Line<T> {
    let tier = this.lines.get(tierWeight);
    if (!tier) this.lines.set(tierWeight, (tier = new Map()));
    let line = tier.get(tenant);
    if (!line) tier.set(tenant, (line = { tierWeight, tenantId: tenant, activeJobs: [], tasks: [], rest: [], more: false }));
    return line;
  }

  private refill(line: Line<T>, place: number): void {
    if (line.more && line.tasks.length < LOADED / 2) {
      line.tasks.push(...line.rest.splice(0, LOADED / 2));
      line.more = line.rest.length > 0;
    }
    if (line.tasks.length === 0) this.open.splice(place, 1);
  }
}
