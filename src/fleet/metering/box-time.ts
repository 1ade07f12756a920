/**
 * Where a box's seconds go (domain §5). At every instant of its life a box is either shared among the attempts leased to it, by their weights
 * (declared VRAM; equal on a CPU box), or it is booting, idle, draining or silent. So the classes always sum to the lifetime.
 *
 * All times are milliseconds since the epoch, by the database's clock.
 */
export interface Occupancy {
  from: number;
  /** Null while the attempt is open. */
  to: number | null;
  weight: number;
}

export interface MeteredAttempt extends Occupancy {
  /** Wall milliseconds of the attempt; their sum never exceeds its length. What is left is transfer, and counts as idle. */
  loadMs: number;
  workMs: number;
  /** True: nobody gains from it; all of its time is waste. */
  wasted: boolean;
}

export interface BoxLife {
  launchedAt: number;
  registeredAt: number | null;
  /** Asked to stop at. */
  drainAt: number | null;
  /** Last heartbeat of a box that fell silent; what follows is waste. */
  silentFrom: number | null;
  /** End of life, or now. */
  until: number;
}

export interface BoxTime {
  work: number;
  load: number;
  boot: number;
  idle: number;
  drain: number;
  wasted: number;
  lifetime: number;
}

/** Sums over closed attempts, in milliseconds of box time. */
export interface ClosedTime {
  load: number;
  work: number;
  wasted: number;
  spare: number;
}

/**
 * The part of the box's time between `self.from` and `until` that belongs to `self`: ∫ own weight ÷ weights present.
 * `others` are the attempts that overlapped; those still open count as present to the end.
 */
export function occupiedMs(self: Occupancy, until: number, others: readonly Occupancy[]): number {
  const present = others.map((o) => ({ from: Math.max(o.from, self.from), to: Math.min(o.to ?? until, until), weight: o.weight })).filter((o) => o.to > o.from);
  const cuts = [...new Set([self.from, until, ...present.flatMap((o) => [o.from, o.to])])].sort((a, b) => a - b);
  let occupied = 0;
  for (let i = 1; i < cuts.length; i++) {
    const [from, to] = [cuts[i - 1]!, cuts[i]!];
    const weights = present.reduce((sum, o) => (o.from <= from && o.to >= to ? sum + o.weight : sum), self.weight);
    occupied += ((to - from) * self.weight) / weights;
  }
  return occupied;
}

/** Milliseconds of `[from, until]` during which at least one attempt was on the box. */
export function coveredMs(from: number, until: number, attempts: readonly Occupancy[]): number {
  const spans = attempts
    .map((a) => [Math.max(a.from, from), Math.min(a.to ?? until, until)] as const)
    .filter(([a, b]) => b > a)
    .sort((a, b) => a[0] - b[0]);
  let covered = 0;
  let reached = from;
  for (const [a, b] of spans) {
    covered += Math.max(0, b - Math.max(a, reached));
    reached = Math.max(reached, b);
  }
  return covered;
}

/** An attempt's own time by class, as box time: wall milliseconds × its share of the box. */
export function attemptTime(attempt: MeteredAttempt, until: number, others: readonly Occupancy[]): ClosedTime & { share: number } {
  const end = attempt.to ?? until;
  const occupied = occupiedMs(attempt, end, others);
  const wall = end - attempt.from;
  const share = wall > 0 ? occupied / wall : 1;
  if (attempt.wasted) return { load: 0, work: 0, wasted: occupied, spare: 0, share };
  const loadMs = Math.min(attempt.loadMs, wall);
  const [load, work] = [loadMs * share, Math.min(attempt.workMs, wall - loadMs) * share];
  return { load, work, wasted: 0, spare: Math.max(0, occupied - load - work), share };
}

/**
 * The whole life of a box by class.
 * @param closed sums over the attempts that ended
 * @param tail   the open attempts, and those that ended after the first open one began or after the box was asked to stop or fell silent
 */
export function boxTime(life: BoxLife, closed: ClosedTime, tail: readonly MeteredAttempt[]): BoxTime {
  const { launchedAt, until } = life;
  const lifetime = Math.max(0, until - launchedAt);
  const boot = Math.min(lifetime, Math.max(0, (life.registeredAt ?? until) - launchedAt));
  const uncoveredAfter = (from: number | null): number => {
    if (from === null || from >= until) return 0;
    const start = Math.max(from, launchedAt + boot);
    return Math.max(0, until - start) - coveredMs(start, until, tail);
  };
  const open = tail
    .filter((a) => a.to === null)
    .map((a) =>
      attemptTime(
        a,
        until,
        tail.filter((o) => o !== a),
      ),
    );
  const sum = (key: keyof ClosedTime): number => open.reduce((total, a) => total + a[key], closed[key]);
  const [load, work, occupiedWaste, spare] = [sum('load'), sum('work'), sum('wasted'), sum('spare')];
  const silent = uncoveredAfter(life.silentFrom);
  const drain = Math.max(
    0,
    uncoveredAfter(life.drainAt) - (life.silentFrom === null ? 0 : uncoveredAfter(Math.max(life.silentFrom, life.drainAt ?? Infinity))),
  );
  const uncovered = lifetime - boot - load - work - occupiedWaste - spare;
  return { work, load, boot, idle: Math.max(0, uncovered - silent - drain) + spare, drain, wasted: occupiedWaste + silent, lifetime };
}

/** What a box claims, held against our own stamps: load and work together never exceed the time between lease and end. */
export function clampMeter(claimed: { loadMs: number; workMs: number }, wallMs: number): { loadMs: number; workMs: number } {
  const clean = (ms: number): number => (Number.isFinite(ms) && ms > 0 ? Math.floor(ms) : 0);
  const loadMs = Math.min(clean(claimed.loadMs), Math.floor(wallMs));
  return { loadMs, workMs: Math.min(clean(claimed.workMs), Math.floor(wallMs) - loadMs) };
}
