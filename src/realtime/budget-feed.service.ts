import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { BudgetAlerts, type AlertNews } from '../billing/budgets/index.js';
import type { Ctx } from '../platform/context/index.js';
import { outsideTransaction } from '../platform/database/index.js';
import { Wakeups } from '../platform/outbox/index.js';
import { log } from '../platform/telemetry/index.js';

type Alert = AlertNews['alert'];
interface Watched {
  watchers: Set<Watcher>;
  /** One read at a time; what comes meanwhile is covered by another after it. */
  reading: boolean;
  again: boolean;
}
interface Watcher {
  ctx: Ctx;
  /** Alerts raised before are not told (milliseconds). */
  from: number;
  told: Set<string>;
  listener: (alert: Alert) => void;
}

/** Should a wake-up be lost; half of what an alert may take. */
const LOOK_MS = 5000;
/** Rows are seen when they are committed, not when they are stamped, and clocks differ: looks overlap by so much. */
const OVERLAP_MS = 30_000;
const SKEW_MS = 10_000;
/** Who was away for longer finds the rest in the list. */
const REPLAY_MS = 86_400_000;

/** The alerts of budgets, told to those of their tenant who may see the budget; one read for all of them in this process. */
@Injectable()
export class BudgetFeed implements OnModuleInit, OnModuleDestroy {
  private readonly log = log('realtime');
  private readonly tenants = new Map<string, Watched>();
  private unsubscribe: () => void = () => undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly alerts: BudgetAlerts,
    private readonly wakeups: Wakeups,
  ) {}

  onModuleInit(): void {
    this.unsubscribe = this.wakeups.subscribe('tenant', (tenantId) => this.look(tenantId));
    this.timer = setInterval(() => [...this.tenants.keys()].forEach((tenantId) => this.look(tenantId)), LOOK_MS).unref();
  }

  onModuleDestroy(): void {
    this.unsubscribe();
    clearInterval(this.timer);
  }

  /** Tells each alert once a watcher, those raised since `since` (milliseconds; default: now) first. Returns the function that ends it. */
  watch(ctx: Ctx, since: number | undefined, listener: (alert: Alert) => void): () => void {
    if (!ctx.permissions.has('budget:read')) return () => undefined;
    const watched = this.tenants.get(ctx.tenantId) ?? { watchers: new Set(), reading: false, again: false };
    this.tenants.set(ctx.tenantId, watched);
    const now = Date.now();
    const watcher: Watcher = { ctx, from: Math.max(since ?? now, now - REPLAY_MS) - SKEW_MS, told: new Set(), listener };
    watched.watchers.add(watcher);
    this.look(ctx.tenantId);
    return () => {
      watched.watchers.delete(watcher);
      if (watched.watchers.size === 0) this.tenants.delete(ctx.tenantId);
    };
  }

  private look(tenantId: string): void {
    const watched = this.tenants.get(tenantId);
    if (!watched) return;
    watched.again = true;
    if (!watched.reading) void outsideTransaction(() => this.readAll(tenantId, watched));
  }

  private async readAll(tenantId: string, watched: Watched): Promise<void> {
    watched.reading = true;
    while (watched.again && watched.watchers.size > 0) {
      watched.again = false;
      await this.read(tenantId, watched.watchers);
    }
    watched.reading = false;
  }

  private async read(tenantId: string, watchers: ReadonlySet<Watcher>): Promise<void> {
    const asked = [...watchers];
    const next = Date.now() - OVERLAP_MS;
    try {
      const found = await this.alerts.since(tenantId, new Date(Math.min(...asked.map(({ from }) => from))));
      for (const watcher of asked) {
        for (const news of found) tell(watcher, news);
        watcher.from = Math.max(watcher.from, next);
        const kept = found.filter(({ at, alert }) => at.getTime() >= watcher.from && watcher.told.has(alert.id));
        watcher.told = new Set(kept.map(({ alert }) => alert.id));
      }
    } catch (error) {
      this.log.debug({ err: error, tenantId }, 'the alerts of a tenant could not be read; trying again');
    }
  }
}

function tell({ ctx, from, told, listener }: Watcher, { at, alert, hears }: AlertNews): void {
  if (at.getTime() < from || told.has(alert.id) || !hears(ctx)) return;
  told.add(alert.id);
  listener(alert);
}
