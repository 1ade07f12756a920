import { Injectable } from '@nestjs/common';
import { Tenants } from '../../accounts/tenants/index.js';
import { Clock } from '../../platform/clock/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { typeId } from '../../platform/ids/index.js';
import { formatCredits, listValueMicros } from '../plans/index.js';
import type { MarginFigures, MarginGrouping, MarginsQuery, MarginsResponse } from './margins.dto.js';
import { MarginsSystemRepository, type Margin } from './margins.system.repository.js';
import { Overheads } from './overheads.port.js';
import { readRange } from './range.js';

/** What the house earned and what it cost, over all tenants: for operators. */
@Injectable()
export class Margins {
  constructor(
    private readonly system: SystemTx,
    private readonly repository: MarginsSystemRepository,
    private readonly tenants: Tenants,
    private readonly overheads: Overheads,
    private readonly clock: Clock,
  ) {}

  /** @throws 422 for a range that cannot be read. */
  async report(query: MarginsQuery): Promise<MarginsResponse> {
    const groupBy = query.groupBy ?? 'tenant';
    const range = readRange({ from: query.from, to: query.to, timeZone: 'UTC' }, this.clock.now(), false);
    const overheads = await this.overheads.between(range);
    return this.system.run('billing: margins', async (em) => {
      const { rows, total, groups } = await this.repository.read(em, groupBy, range, query.limit, overheads);
      const names =
        groupBy === 'tenant'
          ? await this.tenants.names(
              em,
              rows.map(({ key }) => key),
            )
          : new Map<string, string>();
      return {
        data: rows.map((row) => ({ ...named(groupBy, row.key, names), ...figures(row) })),
        totals: figures(total),
        groupBy,
        unattributedMicros: String(overheads.reduce((sum, { micros }) => sum + micros, -total.overheadMicros)),
        omitted: groups - rows.length,
        from: range.from.toISOString(),
        to: range.to.toISOString(),
      };
    });
  }
}

function named(by: MarginGrouping, key: string, names: ReadonlyMap<string, string>): { key: string; label: string } {
  if (key === '') return { key: 'none', label: by === 'class' ? 'Did not run' : 'None' };
  if (by === 'tenant') return { key: typeId('tnt', key), label: names.get(key) ?? 'Former tenant' };
  if (by === 'job') return { key: typeId('job', key), label: typeId('job', key) };
  return { key, label: key };
}

function figures({ jobs, chargedMilli, costMicros, externalMicros, absorbedMicros, overheadMicros }: Margin): MarginFigures {
  const revenue = listValueMicros(chargedMilli);
  return {
    jobs,
    credits: formatCredits(chargedMilli),
    revenueMicros: String(revenue),
    costMicros: String(costMicros),
    externalMicros: String(externalMicros),
    absorbedMicros: String(absorbedMicros),
    marginMicros: String(revenue - costMicros - absorbedMicros),
    overheadMicros: String(overheadMicros),
    fullMarginMicros: String(revenue - costMicros - absorbedMicros - overheadMicros),
  };
}
