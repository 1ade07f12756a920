import type { CapacityType, GpuClass } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import { AppDb } from '../../platform/database/index.js';
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

/** Reads outside any transaction: the cards belong to no tenant and never change. */
@Injectable()
export class RateCardsRepository {
  constructor(private readonly db: AppDb) {}

  /** By class and capacity, newest first. */
  async list(): Promise<RateCard[]> {
    return (
      await this.db.query<RateCardRow>(
        'SELECT version, gpu_class, capacity, usd_micros_per_hour, effective_from FROM rate_card ORDER BY min(version) OVER (PARTITION BY gpu_class), capacity, effective_from DESC',
      )
    ).map(toRateCard);
  }
}
