import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';

/** A row is never changed, so looking at those of the last days finds every fault once the house has run that long. */
const RECENT = `now() - interval '7 days'`;

@Injectable()
export class UsageProofSystemRepository {
  /** Cost = (load + work) × rate × share, rounded once, half up; external calls have a price instead. */
  findWrongCosts(em: EntityManager): Promise<object[]> {
    return rows(
      em,
      `SELECT tenant_id, task_id, attempt, cost_micros FROM usage_attempt WHERE ended_at > ${RECENT} AND line <> 'external'
         AND (cost_micros <> round((load_ms + work_ms)::numeric * rate_micros_per_hour * share_ppm / 3600000000000)
           OR absorbed_micros <> round(wasted_ms::numeric * rate_micros_per_hour * share_ppm / 3600000000000))`,
    );
  }

  /** The rate is that of the card whose version the row keeps, and there is such a card: a foreign key would make all attempts meet at it. */
  findWrongRates(em: EntityManager): Promise<object[]> {
    return rows(
      em,
      `SELECT u.tenant_id, u.task_id, u.attempt, u.rate_version FROM usage_attempt u LEFT JOIN rate_card r ON r.version = u.rate_version
       WHERE u.rate_version IS NOT NULL AND u.ended_at > ${RECENT} AND (u.rate_micros_per_hour, u.gpu_class, u.capacity) IS DISTINCT FROM (r.usd_micros_per_hour, r.gpu_class, r.capacity)`,
    );
  }
}
