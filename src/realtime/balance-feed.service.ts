import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Ledger } from '../billing/ledger/index.js';
import { formatCredits } from '../billing/plans/index.js';
import { systemCtx, type Ctx } from '../platform/context/index.js';
import { outsideTransaction } from '../platform/database/index.js';
import { Wakeups } from '../platform/outbox/index.js';
import { log } from '../platform/telemetry/index.js';

/** Credits as decimal strings. */
export interface BalanceView {
  available: string;
  held: string;
}
type Listener = (balance: BalanceView) => void;
interface Watched {
  listeners: Set<Listener>;
  last: BalanceView | undefined;
  /** A read that has not begun yet covers every change up to then. */
  due: NodeJS.Timeout | undefined;
}

/** Changes of one moment are told once. */
const COALESCE_MS = 150;
/** Should a wake-up be lost, the figure on the page is late by this. */
const LOOK_MS = 5000;

/** The balance of each tenant that somebody here watches: read once per change for all of them, told only when it differs. */
@Injectable()
export class BalanceFeed implements OnModuleInit, OnModuleDestroy {
  private readonly log = log('realtime');
  private readonly tenants = new Map<string, Watched>();
  private unsubscribe: () => void = () => undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly ledger: Ledger,
    private readonly wakeups: Wakeups,
  ) {}

  onModuleInit(): void {
    this.unsubscribe = this.wakeups.subscribe('tenant', (tenantId) => this.schedule(tenantId));
    this.timer = setInterval(() => [...this.tenants.keys()].forEach((tenantId) => this.schedule(tenantId)), LOOK_MS).unref();
  }

  onModuleDestroy(): void {
    this.unsubscribe();
    clearInterval(this.timer);
    for (const watched of this.tenants.values()) clearTimeout(watched.due);
  }

  /** Tells the balance now and after each change, to those who may read it. Returns the function that ends it. */
  watch(ctx: Ctx, listener: Listener): () => void {
    if (!ctx.permissions.has('billing:read')) return () => undefined;
    const watched = this.tenants.get(ctx.tenantId) ?? { listeners: new Set(), last: undefined, due: undefined };
    this.tenants.set(ctx.tenantId, watched);
    watched.listeners.add(listener);
    if (watched.last) listener(watched.last);
    this.schedule(ctx.tenantId);
    return () => {
      watched.listeners.delete(listener);
      if (watched.listeners.size > 0) return;
      clearTimeout(watched.due);
      this.tenants.delete(ctx.tenantId);
    };
  }

  private schedule(tenantId: string): void {
    const watched = this.tenants.get(tenantId);
    if (!watched || watched.due) return;
    watched.due = setTimeout(() => {
      watched.due = undefined;
      void outsideTransaction(() => this.read(tenantId, watched));
    }, COALESCE_MS);
  }

  private async read(tenantId: string, watched: Watched): Promise<void> {
    try {
      const { availableMilli, heldMilli } = await this.ledger.balance(systemCtx(tenantId, 'realtime'));
      const balance = { available: formatCredits(availableMilli), held: formatCredits(heldMilli) };
      if (watched.last?.available === balance.available && watched.last.held === balance.held) return;
      watched.last = balance;
      for (const listener of watched.listeners) listener(balance);
    } catch (error) {
      this.log.debug({ err: error, tenantId }, 'a balance could not be read; trying again');
    }
  }
}
