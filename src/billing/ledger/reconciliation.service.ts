import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { Probes } from '../../platform/telemetry/index.js';
import { formatCredits } from '../plans/index.js';
import { LedgerSystemRepository } from './ledger.system.repository.js';
import type { ReconciledRule, ReconciliationResponse } from './reconciliation.dto.js';

/** The rules read whole tables: who looks again within this time sees the same answer. */
const FRESH_MS = 60_000;

/** What the hourly proof publishes as numbers, for people: every rule of every room, and the row that breaks it. */
@Injectable()
export class Reconciliation {
  private latest: { at: number; report: Promise<ReconciliationResponse> } | undefined;

  constructor(
    private readonly system: SystemTx,
    private readonly repository: LedgerSystemRepository,
    private readonly probes: Probes,
    private readonly clock: Clock,
  ) {}

  report(): Promise<ReconciliationResponse> {
    const now = this.clock.now().getTime();
    if (!this.latest || now - this.latest.at > FRESH_MS) {
      const latest = { at: now, report: this.check() };
      latest.report.catch(() => (this.latest = this.latest === latest ? undefined : this.latest));
      this.latest = latest;
    }
    return this.latest.report;
  }

  private async check(): Promise<ReconciliationResponse> {
    const rules = (await this.probes.invariants()).map(({ name, violations }): ReconciledRule => {
      const [first] = violations;
      return { name, drift: violations.length, first: first === undefined ? null : first instanceof Error ? first.message : JSON.stringify(first) };
    });
    const books = await this.system.run('billing: size of the books', (em) => this.repository.books(em));
    return {
      checkedAt: this.clock.now().toISOString(),
      drift: rules.reduce((sum, { drift }) => sum + drift, 0),
      rules: rules.toSorted((a, b) => b.drift - a.drift),
      books: { ...books, available: formatCredits(BigInt(books.available)), held: formatCredits(BigInt(books.held)) },
    };
  }
}
