import { costMicros, type RateCard } from '../../billing/usage/index.js';
import type { BoxPiece } from '../metering/index.js';

export const BOX_CLASSES = ['work', 'load', 'boot', 'idle', 'drain', 'wasted'] as const;
export type BoxClass = (typeof BOX_CLASSES)[number];

export const BOX_HOUR_GROUPINGS = ['day', 'pool', 'class'] as const;
export type BoxHourGrouping = (typeof BOX_HOUR_GROUPINGS)[number];

const DAY_MS = 86_400_000;
const WHOLE_BOX = 1_000_000;

/** A piece with its price: milliseconds and millionths of a dollar by class. */
export interface PricedPiece {
  poolId: string;
  gpuClass: string;
  capacity: string;
  /** Of UTC, as `2026-11-30`. */
  day: string;
  ms: Record<BoxClass, number>;
  micros: Record<BoxClass, bigint>;
  lifetimeMs: number;
  /** Boot, idle, drain and silence: what no attempt was asked for. */
  overheadMicros: bigint;
}

/** First instants of the days of UTC in the range, and the range's own. */
export function daysOf({ from, to }: { from: Date; to: Date }): Date[] {
  const days = [from];
  for (let at = (Math.floor(from.getTime() / DAY_MS) + 1) * DAY_MS; at < to.getTime(); at += DAY_MS) days.push(new Date(at));
  return days;
}

/** Where the time of a range is cut, so that each piece lies in one day and under one card of each class. */
export function cutsOf(range: { from: Date; to: Date }, cards: readonly RateCard[]): Date[] {
  const changes = cards.map(({ effectiveFrom }) => effectiveFrom).filter((at) => at > range.from && at < range.to);
  const cuts = new Set([...daysOf(range), ...changes, range.to].map((at) => at.getTime()));
  return [...cuts].sort((a, b) => a - b).map((at) => new Date(at));
}

/** Prices each class of a piece by the card in effect when it begins, rounded once, half up. Without a card it costs nothing. */
export function priced(piece: BoxPiece, cards: readonly RateCard[]): PricedPiece {
  const { poolId, gpuClass, capacity, from } = piece;
  const rate = cards
    .filter((card) => card.gpuClass === gpuClass && card.capacity === capacity && card.effectiveFrom <= from)
    .reduce<RateCard | null>((newest, card) => (newest && newest.effectiveFrom >= card.effectiveFrom ? newest : card), null);
  const price = (ms: number): bigint => costMicros(Math.max(0, Math.round(ms)), rate?.usdMicrosPerHour ?? 0n, WHOLE_BOX);
  const { work, load, boot, idle, drain, wasted, silent, lifetime } = piece;
  const [boots, idles, drains, silence] = [price(boot), price(idle), price(drain), price(silent)];
  return {
    poolId,
    gpuClass,
    capacity,
    day: from.toISOString().slice(0, 10),
    ms: { work, load, boot, idle, drain, wasted: wasted + silent },
    micros: { work: price(work), load: price(load), boot: boots, idle: idles, drain: drains, wasted: price(wasted) + silence },
    lifetimeMs: lifetime,
    overheadMicros: boots + idles + drains + silence,
  };
}

export interface BoxHours {
  ms: Record<BoxClass, number>;
  micros: Record<BoxClass, bigint>;
  lifetimeMs: number;
}

export function sumUp(pieces: readonly PricedPiece[]): BoxHours {
  const over = <T>(value: (of: BoxClass) => T): Record<BoxClass, T> => Object.fromEntries(BOX_CLASSES.map((of) => [of, value(of)])) as Record<BoxClass, T>;
  return {
    ms: over((of) => pieces.reduce((sum, piece) => sum + piece.ms[of], 0)),
    micros: over((of) => pieces.reduce((sum, piece) => sum + piece.micros[of], 0n)),
    lifetimeMs: pieces.reduce((sum, piece) => sum + piece.lifetimeMs, 0),
  };
}

/** Pieces by what the report groups by, in their own order. */
export function grouped(pieces: readonly PricedPiece[], by: BoxHourGrouping): Map<string, PricedPiece[]> {
  const keys: Record<BoxHourGrouping, (piece: PricedPiece) => string> = {
    day: ({ day }) => day,
    pool: ({ poolId }) => poolId,
    class: ({ gpuClass, capacity }) => `${gpuClass}/${capacity}`,
  };
  const groups = new Map<string, PricedPiece[]>();
  for (const piece of pieces) {
    const key = keys[by](piece);
    groups.set(key, [...(groups.get(key) ?? []), piece]);
  }
  return groups;
}
