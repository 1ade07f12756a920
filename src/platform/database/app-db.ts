import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { databaseUnavailable, isConnectionLoss } from './database.errors.js';
import { APP_DATA_SOURCE } from './data-sources.js';
import { openTransaction } from './open-transaction.js';
import { rows } from './rows.js';

/** The application's login outside a tenant: sees shared tables and the allowlisted one-row functions (session, key, membership), nothing else. */
@Injectable()
export class AppDb {
  constructor(@Inject(APP_DATA_SOURCE) private readonly source: DataSource) {}

  /** Inside a transaction it is a statement of that one: who holds a connection never waits for another, or a full pool would wait for itself. */
  async query<T extends object>(sql: string, parameters: readonly unknown[] = []): Promise<T[]> {
    const open = openTransaction();
    if (open) return rows<T>(open.em, sql, parameters);
    const pool = (this.source.driver as unknown as { master: Pool }).master;
    for (let attempt = 1; ; attempt++) {
      try {
        return (await pool.query<T>(sql, parameters as unknown[])).rows;
      } catch (error) {
        if (!isConnectionLoss(error)) throw error;
        if (attempt > 20) throw databaseUnavailable(error);
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
    }
  }
}
