import { Injectable } from '@nestjs/common';
import { AppDb } from '../../platform/database/index.js';
import type { PriceList, Prices } from './price-list.js';

interface PriceListRow {
  version: number;
  effective_from: Date;
  note: string;
  prices: Prices;
}

const COLUMNS = 'version, effective_from, note, prices';
const toList = (row: PriceListRow): PriceList => ({ version: row.version, effectiveFrom: row.effective_from, note: row.note, prices: row.prices });

/** Reads outside any transaction: the lists belong to no tenant and never change. */
@Injectable()
export class PricingRepository {
  constructor(private readonly db: AppDb) {}

  /** Of two lists that begin at the same instant the later one counts. */
  async current(): Promise<PriceList> {
    const [row] = await this.db.query<PriceListRow>(
      `SELECT ${COLUMNS} FROM price_list WHERE effective_from <= now() ORDER BY effective_from DESC, version DESC LIMIT 1`,
    );
    return toList(row!);
  }

  async find(version: number): Promise<PriceList | null> {
    const [row] = await this.db.query<PriceListRow>(`SELECT ${COLUMNS} FROM price_list WHERE version = $1`, [version]);
    return row ? toList(row) : null;
  }

  async list(): Promise<PriceList[]> {
    return (await this.db.query<PriceListRow>(`SELECT ${COLUMNS} FROM price_list ORDER BY version DESC`)).map(toList);
  }
}
