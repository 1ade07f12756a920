import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { RateCard } from './attempt.js';
import { toRateCard, type RateCardRow } from './rate-cards.repository.js';

/** Rates are the same for all tenants: only system work writes them. */
@Injectable()
export class RateCardsSystemRepository {
  /** `in_the_past` by the database's clock; `taken`: another card of the class and capacity begins at the same instant. */
  async insert(
    em: EntityManager,
    card: { gpuClass: string; capacity: string; usdMicrosPerHour: string; effectiveFrom: Date | null; by: string },
  ): Promise<RateCard | 'in_the_past' | 'taken'> {
    const [found] = await rows<{ late: boolean }>(em, 'SELECT coalesce($1::timestamptz < now(), false) AS late', [card.effectiveFrom]);
    if (found!.late) return 'in_the_past';
    const [row] = await rows<RateCardRow>(
      em,
      `INSERT INTO rate_card (gpu_class, capacity, usd_micros_per_hour, effective_from, created_by) VALUES ($1, $2, $3, coalesce($4::timestamptz, now()), $5)
       ON CONFLICT (gpu_class, capacity, effective_from) DO NOTHING RETURNING version, gpu_class, capacity, usd_micros_per_hour, effective_from`,
      [card.gpuClass, card.capacity, card.usdMicrosPerHour, card.effectiveFrom, card.by],
    );
    return row ? toRateCard(row) : 'taken';
  }
}
