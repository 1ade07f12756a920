import { Injectable } from '@nestjs/common';
import { RateCards, readRange, type Overhead, type Overheads } from '../../billing/usage/index.js';
import { Clock } from '../../platform/clock/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { typeId } from '../../platform/ids/index.js';
import { Metering } from '../metering/index.js';
import { Pools } from '../pools/index.js';
import { BOX_CLASSES, cutsOf, daysOf, grouped, priced, sumUp, type BoxHourGrouping, type BoxHours, type PricedPiece } from './box-hours.js';
import type { BoxCostDto, BoxHoursFigures, BoxHoursQuery, BoxHoursResponse, BoxHoursRow } from './box-hours.dto.js';
import type { BoxSecondsDto } from './boxes.dto.js';
import * as repository from './boxes.system.repository.js';

interface Range {
  from: Date;
  to: Date;
}

/** Every second of every box of a range, by class and at the rate of its time: for operators, and for the margins of the house. */
@Injectable()
export class BoxHoursReports implements Overheads {
  constructor(
    private readonly system: SystemTx,
    private readonly metering: Metering,
    private readonly rateCards: RateCards,
    private readonly pools: Pools,
    private readonly clock: Clock,
  ) {}

  /** @throws 422 for a range that cannot be read. */
  async report(query: BoxHoursQuery): Promise<BoxHoursResponse> {
    const groupBy = query.groupBy ?? 'day';
    const range = readRange({ from: query.from, to: query.to, timeZone: 'UTC' }, this.clock.now(), false);
    const { pieces, boxes } = await this.pieces(range);
    return {
      data: this.rowsOf(pieces, groupBy, range),
      totals: figures(sumUp(pieces)),
      boxes,
      groupBy,
      from: range.from.toISOString(),
      to: range.to.toISOString(),
    };
  }

  async between(range: Range): Promise<Overhead[]> {
    const { pieces } = await this.pieces(range);
    return pieces.map(({ poolId, day, overheadMicros: micros }) => ({ poolId, day: new Date(day), micros }));
  }

  private async pieces(range: Range): Promise<{ pieces: PricedPiece[]; boxes: number }> {
    const cards = await this.rateCards.all();
    return this.system.run('hours of the boxes', async (em) => {
      const boxes = await repository.findLivesIn(em, range);
      const pieces = await this.metering.piecesOf(em, boxes, cutsOf(range, cards));
      return { pieces: pieces.map((piece) => priced(piece, cards)), boxes: boxes.length };
    });
  }

  private rowsOf(pieces: readonly PricedPiece[], by: BoxHourGrouping, range: Range): BoxHoursRow[] {
    const groups = grouped(pieces, by);
    if (by === 'day') {
      const days = daysOf(range).map((at) => at.toISOString().slice(0, 10));
      return days.map((day) => ({ key: day, label: day, ...figures(sumUp(groups.get(day) ?? [])) }));
    }
    const sums = [...groups].map(([key, members]) => ({ key, hours: sumUp(members) }));
    sums.sort((a, b) => Number(totalOf(b.hours) - totalOf(a.hours)) || a.key.localeCompare(b.key));
    return sums.map(({ key, hours }) => ({ ...this.named(by, key), ...figures(hours) }));
  }

  private named(by: 'pool' | 'class', key: string): { key: string; label: string } {
    if (by === 'pool') return { key: typeId('pool', key), label: this.pools.known().find(({ id }) => id === key)?.name ?? 'Former pool' };
    const [gpuClass, capacity] = key.split('/');
    return { key, label: `${gpuClass}, ${capacity === 'spot' ? 'Spot' : 'on demand'}` };
  }
}

const totalOf = ({ micros }: BoxHours): bigint => BOX_CLASSES.reduce((sum, of) => sum + micros[of], 0n);

function figures(hours: BoxHours): BoxHoursFigures {
  const seconds = (ms: number): number => Math.max(0, Math.round(ms)) / 1000;
  return {
    seconds: { ...Object.fromEntries(BOX_CLASSES.map((of) => [of, seconds(hours.ms[of])])), lifetime: seconds(hours.lifetimeMs) } as unknown as BoxSecondsDto,
    costMicros: { ...Object.fromEntries(BOX_CLASSES.map((of) => [of, String(hours.micros[of])])), total: String(totalOf(hours)) } as unknown as BoxCostDto,
  };
}
