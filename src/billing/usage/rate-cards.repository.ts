import type { CapacityType, GpuClass } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppDb, rows } from '../../platform/database/index.js';
import type { Attempt, RateCard } from './attempt.js';

export interface RateCardRow {
  version: number;
  gpu_class: GpuClass;
  capacity: CapacityType;
  usd_micros_per_hour: string;
  effective_from: Date;
}

export const toRateCard = (row: RateCardRow): RateCard => ({
  version: row.version,
  gpuClass: row.gpu_class,
  capacity: row.capacity,
  usdMicrosPerHour: BigInt(row.usd_micros_per_hour),
  effectiveFrom: row.effective_from,
});

const COLUMNS = 'version, gpu_class, capacity, usd_micros_per_hour, effective_from';

/** The cards belong to no tenant and never change. */
@Injectable()
export class RateCardsRepository {
  constructor(private readonly db: AppDb) {}

  /** By class and capacity, newest first. */
  async list(): Promise<RateCard[]> {
    return (
      await this.db.query<RateCardRow>(`SELECT ${COLUMNS} FROM rate_card ORDER BY min(version) OVER (PARTITION BY gpu_class), capacity, effective_from DESC`)
    ).map(toRateCard);
  }

  /** The cards in effect when attempts began, null where there is none; read on the caller's connection: a transaction that waits for a second one may wait for ever. */
  async inEffect(em: EntityManager, attempts: readonly Pick<Attempt, 'gpuClass' | 'capacity' | 'startedAt'>[]): Promise<(RateCard | null)[]> {
    const found = await rows<RateCardRow | { version: null }>(
      em,
      `SELECT c.* FROM unnest($1::text[], $2::text[], $3::timestamptz[]) WITH ORDINALITY AS a(gpu_class, capacity, at, n) LEFT JOIN LATERAL (
         SELECT ${COLUMNS} FROM rate_card r WHERE r.gpu_class = a.gpu_class AND r.capacity = a.capacity AND r.effective_from <= a.at ORDER BY r.effective_from DESC LIMIT 1
       ) c ON true ORDER BY a.n`,
      [attempts.map(({ gpuClass }) => gpuClass), attempts.map(({ capacity }) => capacity), attempts.map(({ startedAt }) => startedAt)],
    );
    return found.map((row) => (row.version === null ? null : toRateCard(row)));
  }
}
