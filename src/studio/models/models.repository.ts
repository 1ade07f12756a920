import { Injectable } from '@nestjs/common';
import { AppDb } from '../../platform/database/index.js';
import type { ModelEntry } from './model.js';

@Injectable()
export class ModelsRepository {
  constructor(private readonly db: AppDb) {}

  /** The whole catalogue, newest first. A shared table: the same for all tenants. */
  all(): Promise<ModelEntry[]> {
    return this.db.query<ModelEntry>(
      `SELECT id, slug, name, description, type, base, operations, simulated, vram_mb AS "vramMb", gpu_classes AS "gpuClasses", price_factor::int AS "priceFactor",
              licence, is_default AS "isDefault", created_at AS "createdAt"
         FROM model_entry ORDER BY id DESC`,
    );
  }
}
