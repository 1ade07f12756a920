import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { TenantTx } from '../../platform/database/index.js';
import { log } from '../../platform/telemetry/index.js';
import type { Attempt, AttemptUsage, JobUsage, RateCard } from './attempt.js';
import { costMicros, occupiedUs } from './cost.js';
import { RateCards } from './rate-cards.service.js';
import { UsageRepository } from './usage.repository.js';

/** Seconds and cost, per attempt of a task. What the tenant pays is the ledger's; this is what it cost the house. */
@Injectable()
export class Usage {
  private readonly log = log('billing/usage');

  constructor(
    private readonly tx: TenantTx,
    private readonly repository: UsageRepository,
    private readonly rateCards: RateCards,
  ) {}

  /** Prices a closed attempt with the rate in effect when it began and stores it; again for the same (task, attempt): nothing happens. */
  recordAttempt(em: EntityManager, attempt: Attempt): Promise<void> {
    return this.recordAttempts(em, [attempt]);
  }

  /** As `recordAttempt`, many at once: one statement finds their rates, one writes them. */
  async recordAttempts(em: EntityManager, attempts: readonly Attempt[]): Promise<void> {
    const rates = await this.rateCards.inEffect(em, attempts);
    await this.repository.insert(
      em,
      attempts.map((attempt, i) => this.priced(attempt, rates[i]!)),
    );
  }

  private priced(attempt: Attempt, rate: RateCard | null): Attempt & AttemptUsage {
    // A missing rate must not stop the completion of a task; the row says that it is unpriced.
    if (!rate)
      this.log.warn({ gpuClass: attempt.gpuClass, capacity: attempt.capacity }, 'no rate card is in effect for this class: the attempt is recorded at no cost');
    const usdMicrosPerHour = rate?.usdMicrosPerHour ?? 0n;
    const busyMs = attempt.loadMs + attempt.workMs;
    return {
      ...attempt,
      line: attempt.gpuClass === 'CPU' ? 'cpu' : 'gpu',
      occupiedUs: occupiedUs(busyMs, attempt.sharePpm),
      rateVersion: rate?.version ?? null,
      usdMicrosPerHour,
      costMicros: costMicros(busyMs, usdMicrosPerHour, attempt.sharePpm),
      absorbedMicros: costMicros(attempt.wastedMs, usdMicrosPerHour, attempt.sharePpm),
    };
  }

  /** An attempt at somebody else's: its cost is the price of the call. `wasted`: nobody's cost but the house's. */
  async recordExternal(em: EntityManager, attempt: Attempt, priceMicros: bigint, wasted: boolean): Promise<void> {
    const external = {
      ...attempt,
      line: 'external' as const,
      occupiedUs: 0,
      rateVersion: null,
      usdMicrosPerHour: 0n,
      costMicros: wasted ? 0n : priceMicros,
      absorbedMicros: wasted ? priceMicros : 0n,
    };
    await this.repository.insert(em, [external]);
  }

  /** Adds what a recorded attempt cost the house after it had ended. */
  addAbsorbed(em: EntityManager, tenantId: string, taskId: string, attempt: number, micros: bigint): Promise<void> {
    return this.repository.addAbsorbed(em, tenantId, taskId, attempt, micros);
  }

  async ofJob(at: EntityManager | { tenantId: string }, jobId: string): Promise<JobUsage> {
    return (await this.ofJobs(at, [jobId])).get(jobId)!;
  }

  /** By job, in one query; a job that never ran has no attempts. In the caller's tenant transaction or in one of its own. */
  async ofJobs(at: EntityManager | { tenantId: string }, jobIds: readonly string[]): Promise<Map<string, JobUsage>> {
    const found = 'tenantId' in at ? await this.tx.run(at, (em) => this.repository.ofJobs(em, jobIds)) : await this.repository.ofJobs(at, jobIds);
    return new Map(jobIds.map((id) => [id, sumUp(found.get(id) ?? [])]));
  }
}

function sumUp(attempts: AttemptUsage[]): JobUsage {
  const telling = attempts.findLast((attempt) => attempt.outcome === 'done') ?? attempts.at(-1);
  return {
    seconds: attempts.reduce((sum, attempt) => sum + attempt.occupiedUs, 0) / 1_000_000,
    class: telling?.gpuClass ?? null,
    capacity: telling?.capacity ?? null,
    costMicros: attempts.reduce((sum, attempt) => sum + attempt.costMicros, 0n),
    attempts,
  };
}
