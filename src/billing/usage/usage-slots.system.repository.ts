import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';

@Injectable()
export class UsageSlotsSystemRepository {
  /** How many notes were moved; 0 also when another process is at it. */
  async fold(em: EntityManager, limit: number): Promise<number> {
    const [row] = await rows<{ moved: number }>(em, 'SELECT usage_fold($1) AS moved', [limit]);
    return row!.moved;
  }
}
