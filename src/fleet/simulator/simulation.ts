import { chooseWaiting, LOOK_AHEAD, placeTask, type DispatchBox } from '../boxes/index.js';
import { DemandMeter, DemandProfile, type Action, type BoxView, type PoolLimits, type ScalingPolicy } from '../autoscaler/index.js';
import type { Demand, DemandTask } from './demand.js';
import { EventHeap } from './event-heap.js';
import { Random } from './random.js';
import { WaitingLine, type LineTask } from './waiting-line.js';

const DAY_MS = 86_400_000;
/** Part of the tasks that are expected to load weights, until it is known. */
const LOADS_AT_FIRST = 0.3;
/** How fast that is learned, and how long a model stays popular. */
const LOADS_LEARNED = 0.01;
const POPULAR_MS = 4 * 3_600_000;

export interface SimulationSettings {
  policy: ScalingPolicy;
  seed: number;
  pool: PoolLimits;
  /** Standard deviations of the logarithms of boot and load times, and of what a task is estimated at against what it takes. */
  bootSpread: number;
  loadSpread: number;
  estimateSpread: number;
  /** Between two decisions of the policy. */
  tickMs: number;
  /** Tasks of the past, from which the policy learns the hours of the week; they end, in whole days, where the demand begins. */
  history: readonly DemandTask[];
}

export interface SimBox extends BoxView, DispatchBox<number> {
  id: number;
  state: BoxView['state'];
  sinceMs: number;
  launchedMs: number;
  readyMs: number;
  endedMs: number;
  task: SimTask | null;
}

/** A class, so that a million of them have one shape. */
export class SimTask implements LineTask {
  readonly id: string;
  readonly jobId: string;
  readonly runningCap = null;
  readonly tenant: string;
  readonly tierWeight: number;
  readonly model: number;
  kept: { tierTag: number; tag: number } | null = null;
  promisedBy: SimBox | null = null;
  /** In the simulation's clock. */
  arrivalMs: number;
  startedMs = 0;
  endedMs = 0;
  tierTag = 0;
  tag = 0;

  constructor(
    readonly demand: DemandTask,
    startMs: number,
    readonly estimateMs: number,
  ) {
    this.id = this.jobId = String(demand.index);
    this.tenant = demand.tenant;
    this.tierWeight = demand.tierWeight;
    this.model = demand.model;
    this.arrivalMs = startMs + demand.arrivalMs;
  }

  /** What the fair order counts. */
  get cost(): number {
    return this.estimateMs;
  }
  get readySinceMs(): number {
    return this.arrivalMs;
  }
}

export interface SimulationResult {
  tasks: SimTask[];
  boxes: SimBox[];
  events: number;
  switches: number;
  /** Box time of work that was lost with its box. */
  wastedMs: number;
  actions: { atMs: number; action: Action }[];
  /** The clock's zero of the demand. */
  startMs: number;
  endMs: number;
}

const TASK_ENDS = 0;
const BOX_READY = 1;

/** A fleet of one class, event by event, under the product's own fair order, dispatch and scaling policies. */
export class Simulation {
  private readonly random: Random;
  private readonly heap = new EventHeap();
  private readonly line = new WaitingLine<SimTask>();
  private readonly runway: SimTask[] = [];
  private readonly live: SimBox[] = [];
  private readonly boxes: SimBox[] = [];
  private readonly tasks: SimTask[];
  private readonly meter: DemandMeter;
  private readonly popularity: Float64Array;
  private readonly popularAt: Float64Array;
  private readonly idleWith: Int32Array;
  private readonly startMs: number;
  private readonly actions: { atMs: number; action: Action }[] = [];
  private nowMs: number;
  private idle = 0;
  private waitingMs = 0;
  private waitingTasks = 0;
  private loads = LOADS_AT_FIRST;
  private done = 0;
  private events = 0;
  private switches = 0;
  private wastedMs = 0;

  constructor(
    { tasks, models }: Demand,
    private readonly settings: SimulationSettings,
  ) {
    this.random = new Random(settings.seed);
    const { history, pool } = settings;
    this.startMs = history.length === 0 ? 0 : Math.ceil((history.at(-1)!.arrivalMs + 1) / DAY_MS) * DAY_MS;
    this.nowMs = this.startMs;
    const profile = new DemandProfile();
    for (const { arrivalMs, workMs } of history) profile.add(arrivalMs, workMs + LOADS_AT_FIRST * pool.loadMs);
    profile.passTo(this.startMs);
    this.meter = new DemandMeter(profile, this.startMs);
    this.popularity = new Float64Array(models.length);
    this.popularAt = new Float64Array(models.length);
    this.idleWith = new Int32Array(models.length);
    this.tasks = tasks.map((demand) => new SimTask(demand, this.startMs, this.random.lognormal(demand.workMs, settings.estimateSpread)));
  }

  run(progress: (done: number) => void = () => undefined): SimulationResult {
    let next = 0;
    let tickMs = this.nowMs;
    while (this.done < this.tasks.length) {
      const arrivalMs = next < this.tasks.length ? this.tasks[next]!.arrivalMs : Infinity;
      if (tickMs <= arrivalMs && tickMs <= this.heap.nextMs) {
        this.nowMs = tickMs;
        tickMs += this.settings.tickMs;
        this.tick();
      } else if (this.heap.nextMs <= arrivalMs) {
        this.nowMs = this.heap.nextMs;
        const event = this.heap.pop();
        const box = this.boxes[event >> 1]!;
        if ((event & 1) === BOX_READY) this.becomeReady(box);
        else this.finish(box);
      } else {
        this.nowMs = arrivalMs;
        this.arrive(this.tasks[next++]!);
        if ((next & 0x3fff) === 0) progress(next / this.tasks.length);
      }
    }
    for (const box of this.live) box.endedMs = this.nowMs;
    const { tasks, boxes, events, switches, wastedMs, actions, startMs } = this;
    return { tasks, boxes, events, switches, wastedMs, actions, startMs, endMs: this.nowMs };
  }

  private arrive(task: SimTask): void {
    this.events++;
    this.meter.arrived(this.nowMs, task.estimateMs + this.loads * this.settings.pool.loadMs);
    this.see(task.model);
    this.wait(task);
    this.line.add(task);
    this.promote();
  }

  private becomeReady(box: SimBox): void {
    this.enter(box, 'idle');
    box.readyMs = this.nowMs;
    this.serve(box);
  }

  private finish(box: SimBox): void {
    this.events++;
    const task = box.task!;
    box.task = null;
    task.endedMs = this.nowMs;
    this.done++;
    this.line.corrected(task, task.demand.workMs);
    this.enter(box, 'idle');
    this.serve(box);
  }

  private tick(): void {
    this.events++;
    const { policy, pool } = this.settings;
    const actions = policy.decide({
      nowMs: this.nowMs,
      boxes: this.live,
      waiting: { tasks: this.waitingTasks, workMs: this.waitingMs + this.waitingTasks * this.loads * pool.loadMs },
      demand: this.meter.view(this.nowMs, pool.bootMs + pool.loadMs),
      pool,
    });
    for (const action of actions) {
      this.actions.push({ atMs: this.nowMs, action });
      if (action.do === 'launch') for (let i = 0; i < action.count; i++) this.launch();
      else this.stop(action.box as SimBox);
    }
    if (this.idle > 0 && this.runway.length > 0) this.placeOverdue();
  }

  private launch(): void {
    const { nowMs } = this;
    const box: SimBox = {
      ...{ id: this.boxes.length, state: 'booting', sinceMs: nowMs, launchedMs: nowMs, readyMs: NaN, endedMs: NaN },
      ...{ task: null, model: null, freeAtMs: nowMs, promised: false },
    };
    this.boxes.push(box);
    this.live.push(box);
    this.heap.push(nowMs + this.random.lognormal(this.settings.pool.bootMs, this.settings.bootSpread), (box.id << 1) | BOX_READY);
  }

  private stop(box: SimBox): void {
    if (box.state !== 'idle') return;
    this.enter(box, 'draining');
    box.endedMs = this.nowMs;
    this.live.splice(this.live.indexOf(box), 1);
  }

  /** Moves tasks whose turn it is to where boxes take them, and places those that can begin at once. */
  private promote(): void {
    this.line.take(this.idle + LOOK_AHEAD - this.runway.length, (task, { tierTag, tag }) => {
      task.tierTag = tierTag;
      task.tag = tag;
      if (this.idle === 0) {
        this.runway.push(task);
        return;
      }
      const placed = placeTask(task.model, this.live, this.nowMs, this.settings.pool.loadMs, this.worth);
      if (placed?.now) this.start(placed.box, task);
      else {
        this.runway.push(task);
        if (placed) this.promise(placed.box, task);
      }
    });
  }

  /** A box that has become idle takes what waits. */
  private serve(box: SimBox): void {
    if (this.runway.length === 0) return;
    let at = chooseWaiting(box.model, this.runway, this.nowMs);
    if (this.runway[at]!.promisedBy !== null && this.runway[at]!.model !== box.model) at = this.runway.findIndex(({ promisedBy }) => promisedBy === null);
    if (at === -1) return;
    const [task] = this.runway.splice(at, 1);
    this.start(box, task!);
    if (this.line.size > 0) this.promote();
  }

  /** The box that was to take a task is late by more than a load of weights: another one takes it. */
  private placeOverdue(): void {
    for (let i = 0; i < this.runway.length && this.idle > 0; i++) {
      const task = this.runway[i]!;
      if (task.promisedBy !== null && task.promisedBy.freeAtMs + this.settings.pool.loadMs >= this.nowMs) continue;
      const placed = placeTask(task.model, this.live, this.nowMs, this.settings.pool.loadMs, this.worth, false);
      if (!placed) continue;
      this.runway.splice(i--, 1);
      this.start(placed.box, task);
    }
  }

  private promise(box: SimBox, task: SimTask): void {
    box.promised = true;
    task.promisedBy = box;
  }

  private start(box: SimBox, task: SimTask): void {
    this.events++;
    const { pool, loadSpread } = this.settings;
    if (task.promisedBy) task.promisedBy.promised = false;
    task.promisedBy = null;
    const switched = box.model !== task.model;
    const loadMs = switched ? this.random.lognormal(pool.loadMs, loadSpread) : 0;
    this.loads += ((switched ? 1 : 0) - this.loads) * LOADS_LEARNED;
    if (switched) this.switches++;
    this.enter(box, 'busy');
    box.model = task.model;
    box.task = task;
    task.startedMs = this.nowMs + loadMs;
    box.freeAtMs = task.startedMs + task.estimateMs;
    this.waitingTasks--;
    this.waitingMs -= task.estimateMs;
    this.heap.push(task.startedMs + task.demand.workMs, (box.id << 1) | TASK_ENDS);
  }

  private wait(task: SimTask): void {
    this.waitingTasks++;
    this.waitingMs += task.estimateMs;
  }

  private enter(box: SimBox, state: SimBox['state']): void {
    if (box.state === 'idle') {
      this.idle--;
      if (box.model !== null) this.idleWith[box.model]!--;
    }
    box.state = state;
    box.sinceMs = this.nowMs;
    if (state === 'idle') {
      this.idle++;
      if (box.model !== null) this.idleWith[box.model]!++;
    }
  }

  private see(model: number): void {
    this.popularity[model] = this.popularity[model]! * Math.exp((this.popularAt[model]! - this.nowMs) / POPULAR_MS) + 1;
    this.popularAt[model] = this.nowMs;
  }

  /** How much a model would be missed: its share of what comes, divided among the idle boxes that have it. */
  private readonly worth = (model: number): number => this.popularity[model]! / Math.max(1, this.idleWith[model]!);
}
