import type { CapacityType, GpuClass } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Audit } from '../../accounts/audit/index.js';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { inThePast } from '../plans/index.js';
import type { Attempt, RateCard } from './attempt.js';
import { RateCardsRepository } from './rate-cards.repository.js';
import { RateCardsSystemRepository } from './rate-cards.system.repository.js';
import type { NewRateCardBody, RateCardResponse, RateCardsResponse } from './usage.dto.js';
import { rateTaken } from './usage.errors.js';

@Injectable()
export class RateCards {
  constructor(
    private readonly system: SystemTx,
    private readonly repository: RateCardsRepository,
    private readonly systemRepository: RateCardsSystemRepository,
    private readonly audit: Audit,
  ) {}

  /** The card in effect at an instant; null when there is none yet. */
  async at(em: EntityManager, gpuClass: GpuClass, capacity: CapacityType, instant: Date): Promise<RateCard | null> {
    return (await this.inEffect(em, [{ gpuClass, capacity, startedAt: instant }]))[0]!;
  }

  /** The card in effect when each attempt began; null when there is none yet. */
  inEffect(em: EntityManager, attempts: readonly Pick<Attempt, 'gpuClass' | 'capacity' | 'startedAt'>[]): Promise<(RateCard | null)[]> {
    return this.repository.inEffect(em, attempts);
  }

  async list(): Promise<RateCardsResponse> {
    return { data: (await this.repository.list()).map(toResponse) };
  }

  /** @throws 422 `in_the_past`, 409 `rate_card_exists`. */
  create(ctx: Ctx, body: NewRateCardBody): Promise<RateCardResponse> {
    return this.system.run('billing: new rate card', async (em) => {
      const made = await this.systemRepository.insert(em, {
        ...body,
        effectiveFrom: body.effectiveFrom === undefined ? null : new Date(body.effectiveFrom),
        by: actorId(ctx),
      });
      if (made === 'in_the_past') throw inThePast();
      if (made === 'taken') throw rateTaken();
      const response = toResponse(made);
      await this.audit.record(em, ctx, { action: 'rate_card.created', target: `rate card ${made.version}`, after: response });
      return response;
    });
  }
}

const toResponse = (card: RateCard): RateCardResponse => ({
  version: card.version,
  gpuClass: card.gpuClass,
  capacity: card.capacity,
  usdMicrosPerHour: String(card.usdMicrosPerHour),
  effectiveFrom: card.effectiveFrom.toISOString(),
});
