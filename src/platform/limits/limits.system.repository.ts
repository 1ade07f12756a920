import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../database/index.js';

@Injectable()
export class LimitsSystemRepository {
  /** Meters whose window has passed twice say no more than their absence. */
  async forgetOld(em: EntityManager): Promise<void> {
    await rows(em, 'DELETE FROM limit_meter WHERE at < extract(epoch FROM now()) * 1000 - 2 * window_ms');
  }
}
