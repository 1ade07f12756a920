import { TERMINAL_JOB_STATUSES, type JobEvent } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { Ctx } from '../platform/context/index.js';
import { parseId } from '../platform/ids/index.js';
import { Wakeups } from '../platform/outbox/index.js';
import { log } from '../platform/telemetry/index.js';
import { Jobs, type JobView } from '../studio/jobs/index.js';
import { BalanceFeed } from './balance-feed.service.js';
import { BudgetFeed } from './budget-feed.service.js';
import { Doorbell } from './doorbell.js';
import { isEnd } from './event-window.js';
import { PAGE } from './live-job.js';

/** `job:status`, `job:complete` (data as in the contract, with the job's event id), `balance:changed` or `budget:alert`. */
export interface OwnEvent {
  event: string;
  data: object;
}

/** The newest jobs that are looked through for ones not yet followed. */
const NEWEST = 100;
/** Should a wake-up be lost. */
const LOOK_MS = 5000;
/** Clocks of two processes may differ by so much. */
const SKEW_MS = 10_000;
const LIVE = 'queued,starting,processing';

/** A caller's own jobs, all in one stream. Each stream remembers how far it has read each job. */
interface Course {
  ctx: Ctx;
  /** Jobs created or ended since then are told whole. */
  since: number;
  /** Job → last event id read; Infinity once the job's end was told. */
  read: Map<string, number>;
  /** Jobs of which something may be new. */
  due: Set<string>;
}

@Injectable()
export class OwnFeed {
  private readonly log = log('realtime');

  constructor(
    private readonly jobs: Jobs,
    private readonly balances: BalanceFeed,
    private readonly budgets: BudgetFeed,
    private readonly wakeups: Wakeups,
  ) {}

  /**
   * Follows the caller's jobs, balance and budgets until `signal` aborts. `since` (milliseconds) is when a former stream was last heard of: jobs that
   * changed after it are told again whole, so that nothing is missed and some things come twice. Without it each live job begins with its
   * present status.
   */
  async *follow(ctx: Ctx, since: number | undefined, signal: AbortSignal): AsyncGenerator<OwnEvent[]> {
    const course: Course = { ctx, since: since === undefined ? Date.now() : since - SKEW_MS, read: new Map(), due: new Set() };
    const bell = new Doorbell();
    const balances: OwnEvent[] = [];
    const alerts: OwnEvent[] = [];
    let listDue = true;
    const ends = [
      this.wakeups.subscribe('job', (id) => (course.read.has(id) ? (course.due.add(id), bell.ring()) : undefined)),
      this.wakeups.subscribe('tenant', (id) => (id === ctx.tenantId ? ((listDue = true), bell.ring()) : undefined)),
      this.balances.watch(ctx, (balance) => {
        balances.splice(0, balances.length, { event: 'balance:changed', data: balance });
        bell.ring();
      }),
      this.budgets.watch(ctx, since, (alert) => {
        alerts.push({ event: 'budget:alert', data: alert });
        bell.ring();
      }),
    ];
    try {
      let first = since === undefined;
      for (let listedAt = 0; !signal.aborted; await bell.wait(LOOK_MS, signal)) {
        try {
          if (listDue || Date.now() - listedAt > LOOK_MS) {
            listDue = false;
            await this.list(course, listedAt === 0);
            listedAt = Date.now();
          }
          const news = [...(await this.readDue(course, first)), ...balances.splice(0), ...alerts.splice(0)];
          first = false;
          if (news.length > 0) yield news;
        } catch (error) {
          this.log.debug({ err: error }, 'the jobs of a caller could not be read; trying again');
          listDue = true;
        }
      }
    } finally {
      for (const end of ends) end();
    }
  }

  /** Finds jobs to follow among the newest and, at first, among all that live. */
  private async list(course: Course, atFirst: boolean): Promise<void> {
    const newest = await this.jobs.list(course.ctx, { scope: 'mine', limit: NEWEST });
    const live = atFirst ? await this.jobs.list(course.ctx, { scope: 'mine', limit: NEWEST, status: LIVE }) : { data: [] };
    for (const job of [...live.data, ...newest.data]) {
      const id = parseId('job', job.id);
      if (!course.read.has(id) && concerns(job, course.since)) course.read.set(id, 0);
      if (course.read.get(id) !== Infinity && course.read.has(id)) course.due.add(id);
    }
  }

  private async readDue(course: Course, lastOnly: boolean): Promise<OwnEvent[]> {
    const news: OwnEvent[] = [];
    for (const id of [...course.due]) {
      course.due.delete(id);
      const events = await this.readJob(course, id);
      news.push(...(lastOnly ? events.slice(-1) : events).map((event) => ({ event: `job:${event.type}`, data: { ...event.data, eventId: event.id } })));
    }
    return news;
  }

  private async readJob(course: Course, id: string): Promise<JobEvent[]> {
    const told: JobEvent[] = [];
    for (;;) {
      const page = await this.jobs.eventsAfter(course.ctx, id, course.read.get(id) ?? 0, PAGE);
      told.push(...page.filter((event) => event.type === 'status' || event.type === 'complete'));
      const last = page.at(-1);
      if (last) course.read.set(id, last.id);
      if (page.length === PAGE) continue;
      if (told.some(isEnd)) course.read.set(id, Infinity);
      return told;
    }
  }
}

function concerns(job: Pick<JobView, 'status' | 'createdAt' | 'finishedAt'>, since: number): boolean {
  return !TERMINAL_JOB_STATUSES.includes(job.status) || Date.parse(job.createdAt) >= since || (job.finishedAt !== null && Date.parse(job.finishedAt) >= since);
}
