import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Tenants } from '../../accounts/tenants/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { newId, typeId } from '../../platform/ids/index.js';
import { BillingAccountsRepository } from './billing-accounts.repository.js';
import { StripeClient } from './stripe-client.service.js';
import { billingOff, leaseLost } from './stripe.errors.js';

/** Longer than the slowest chain of questions to the service. */
const LEASE_MS = 120_000;
const PATIENCE_MS = 20_000;
const PAUSE_FIRST_MS = 25;
const PAUSE_MAX_MS = 1_000;

/** Writes down what was seen, unless another has begun to look meanwhile, and ends the turn with it: the last step of a look. */
export type WriteDown = <T>(fn: (em: EntityManager) => Promise<T>) => Promise<T>;

/** Who a tenant is to the payment service. */
@Injectable()
export class BillingAccounts {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: BillingAccountsRepository,
    private readonly tenants: Tenants,
    private readonly client: StripeClient,
  ) {}

  customerOf(tenantId: string): Promise<string | null> {
    return this.tx.run({ tenantId }, (em) => this.repository.customerOf(em, tenantId));
  }

  /** The same, for what needs the service. @throws `billing_off` */
  async payingCustomerOf(tenantId: string): Promise<string | null> {
    if (!this.client.on) throw billingOff();
    return this.customerOf(tenantId);
  }

  /** The tenant's customer, made when there is none. Of two who make it at once both get the same one. */
  async ensureCustomer(tenantId: string): Promise<string> {
    const known = await this.payingCustomerOf(tenantId);
    if (known) return known;
    const { name } = await this.tenants.get({ tenantId });
    const customer = await this.client.ask((stripe) =>
      stripe.customers.create({ name, metadata: { tenant: typeId('tnt', tenantId) } }, { idempotencyKey: `customer:${tenantId}` }),
    );
    return this.tx.run({ tenantId }, (em) => this.repository.keepCustomer(em, tenantId, customer.id));
  }

  trialUsed(tenantId: string): Promise<boolean> {
    return this.tx.run({ tenantId }, (em) => this.repository.trialUsed(em, tenantId));
  }

  note<T>(ctx: { tenantId: string }, fn: (em: EntityManager) => Promise<T>): Promise<T> {
    return this.tx.run(ctx, fn);
  }

  noteTrial(em: EntityManager, tenantId: string): Promise<void> {
    return this.repository.noteTrial(em, tenantId);
  }

  /**
   * Looks at the tenant's things at the service, one looker at a time over all processes: what is written down is never older than what was
   * written before. A lock of the database would have to be held over the network; this one is a row that expires, checked again on writing.
   * @throws `billing_busy` when the turn does not come
   */
  async oneAtATime<T>(tenantId: string, look: (writeDown: WriteDown, customer: string | null) => Promise<T>): Promise<T> {
    const lease = newId();
    const { customer } = await this.waitForTurn(tenantId, lease);
    let hasTurn = true;
    const writeDown: WriteDown = async (fn) => {
      const written = await this.tx.run({ tenantId }, async (em) => {
        if (!(await this.repository.confirm(em, tenantId, lease))) throw leaseLost();
        // Before the wallet is locked, not after: the row is this transaction's until it commits.
        await this.repository.release(em, tenantId, lease);
        return fn(em);
      });
      hasTurn = false;
      return written;
    };
    try {
      return await look(writeDown, customer);
    } finally {
      if (hasTurn) await this.tx.run({ tenantId }, (em) => this.repository.release(em, tenantId, lease));
    }
  }

  private async waitForTurn(tenantId: string, lease: string): Promise<{ customer: string | null }> {
    const deadline = Date.now() + PATIENCE_MS;
    for (let pauseMs = PAUSE_FIRST_MS; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS)) {
      const turn = await this.tx.run({ tenantId }, (em) => this.repository.lease(em, tenantId, lease, LEASE_MS));
      if (turn) return turn;
      if (Date.now() > deadline) throw leaseLost();
      await new Promise((resolve) => setTimeout(resolve, pauseMs * (0.5 + Math.random())));
    }
  }
}
