import { expect } from 'vitest';
import type { EntityManager } from 'typeorm';
import { Ledger } from '../../src/billing/ledger/index.js';
import { PurchaseBooks } from '../../src/billing/stripe/purchase-books.service.js';
import type { Purchase } from '../../src/billing/stripe/purchase.js';
import { TenantTx } from '../../src/platform/database/index.js';
import { newId, parseId } from '../../src/platform/ids/index.js';
import type { TestApp } from '../support/app.js';
import { aHold } from './books.js';
import { exported } from './exported.js';

/** A tenant with a pack of 1000 credits for $10, whose own credits are held for good, so that the pack is all it has. */
export async function boughtPack(app: TestApp) {
  const eve = await app.register('Eve');
  const ctx = { tenantId: parseId('tnt', eve.tenantId) };
  const ledger = app.nest.get(Ledger, { strict: false });
  const books = app.nest.get(PurchaseBooks, { strict: false });
  const write = <T>(fn: (em: EntityManager) => Promise<T>): Promise<T> => app.nest.get(TenantTx, { strict: false }).run(ctx, fn);
  const hold = async (milli: bigint): Promise<string> => {
    const [outcome] = await write((em) => ledger.holdMany(em, ctx.tenantId, [aHold(milli)]));
    expect(outcome).toMatchObject({ ok: true });
    return outcome!.jobId;
  };
  await hold((await ledger.balance(ctx)).availableMilli);
  const pack = { id: newId(), source: 'checkout', creditsMilli: 1_000_000n, priceMicros: 10_000_000n, paidMicros: 10_000_000n, owedMilli: 0n } as Purchase;
  const start = new Date();
  const grantId = await write((em) => books.grant(em, ctx.tenantId, pack, null));
  return {
    hold,
    settle: (jobId: string, milli: bigint) => write((em) => ledger.settle(em, ctx.tenantId, jobId, milli, 'done')),
    cancel: (jobId: string) => write((em) => ledger.void(em, ctx.tenantId, jobId, 'canceled')),
    repaid: (owedMilli: bigint, before: bigint) => {
      const back = (owed: bigint): Purchase => ({ ...pack, grantId, owedMilli: owed, backMicros: (pack.paidMicros * owed) / pack.creditsMilli });
      return write((em) => books.takeBack(em, ctx.tenantId, back(owedMilli), back(before)));
    },
    end: async () => {
      await app.db.sql('UPDATE credit_grant SET expires_at = now() WHERE id = $1', [grantId]);
      await app.db.sql(`UPDATE wallet SET due_at = '-infinity' WHERE tenant_id = $1`, [ctx.tenantId]);
      await ledger.balance(ctx);
    },
    /** Dollars billed and used up, and each row of a charge with its credits, from an instant on. */
    costs: async (from = start) => {
      const { file, content } = await exported(app, eve, { format: 'focus', from: from.toISOString(), to: new Date(Date.now() + 60_000).toISOString() });
      const [header, ...lines] = content
        .toString()
        .trimEnd()
        .split('\r\n')
        .map((line) => [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted ?? plain ?? ''));
      const cell = (line: string[], name: string): string => line[header!.indexOf(name)]!;
      return {
        sums: [Number(file.totals.billedMicros) / 1e6, Number(file.totals.effectiveMicros) / 1e6],
        rows: lines.map((line) => ['ChargeCategory', 'BilledCost', 'EffectiveCost', 'x_Credits'].map((name) => cell(line, name)).join(' ')),
      };
    },
  };
}
