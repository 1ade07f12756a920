import type { CapacityType, GpuClass } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppDb, rows } from '../../platform/database/index.js';
import type { RateCard } from './attempt.js';

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

  /** The card in effect at an instant, read on the caller's connection: a transaction that waits for a second one may wait for ever. */
  async at(em: EntityManager, gpuClass: GpuClass, capacity: CapacityType, instant: Date): Promise<RateCard | null> {
    const [row] = await rows<RateCardRow>(
      em,
      `SELECT ${COLUMNS} FROM rate_card WHERE gpu_class = $1 AND capacity = $2 AND effective_from <= $3 ORDER BY effective_from DESC LIMIT 1`,
      [gpuClass, capacity, instant],
    );
    return row ? toRateCard(row) : null;
  }
}
