import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attemptTime, boxTime, clampMeter, coveredMs, occupiedMs, type BoxLife, type ClosedTime, type MeteredAttempt } from './box-time.js';

const NOTHING: ClosedTime = { load: 0, work: 0, wasted: 0, spare: 0 };

/** What the services do: fold each attempt in when it ends, knowing only what had begun by then. */
function lifeOf(life: BoxLife, attempts: readonly MeteredAttempt[]): ReturnType<typeof boxTime> {
  const ended = attempts.filter((a) => a.to !== null && a.to <= life.until).sort((a, b) => a.to! - b.to!);
  const closed = { ...NOTHING };
  for (const attempt of ended) {
    const known = attempts.filter((o) => o !== attempt && o.from < attempt.to!).map((o) => ({ ...o, to: o.to !== null && o.to <= attempt.to! ? o.to : null }));
    const time = attemptTime(attempt, attempt.to!, known);
    for (const key of ['load', 'work', 'wasted', 'spare'] as const) closed[key] += time[key];
  }
  const begun = attempts.filter((a) => a.from < life.until).map((a) => ({ ...a, to: a.to !== null && a.to <= life.until ? a.to : null }));
  const tailFrom = Math.min(life.drainAt ?? Infinity, life.silentFrom ?? Infinity, ...begun.filter((a) => a.to === null).map((a) => a.from));
  return boxTime(
    life,
    closed,
    begun.filter((a) => a.to === null || a.to > tailFrom),
  );
}

const sumOf = (t: ReturnType<typeof boxTime>): number => t.work + t.load + t.boot + t.idle + t.drain + t.wasted;

const schedule = fc
  .record({
    boot: fc.integer({ min: 0, max: 5000 }),
    life: fc.integer({ min: 1, max: 100_000 }),
    drainAfter: fc.option(fc.integer({ min: 0, max: 100_000 })),
    silentAfter: fc.option(fc.integer({ min: 0, max: 100_000 })),
    attempts: fc.array(
      fc.record({
        from: fc.nat(99_999),
        length: fc.integer({ min: 1, max: 40_000 }),
        weight: fc.integer({ min: 1, max: 24_000 }),
        load: fc.nat(100),
        work: fc.nat(100),
        wasted: fc.boolean(),
      }),
      { maxLength: 12 },
    ),
  })
  .map(({ boot, life, drainAfter, silentAfter, attempts }) => {
    const registeredAt = 1000 + boot;
    const until = registeredAt + life;
    const at = (offset: number | null): number | null => (offset === null || offset >= life ? null : registeredAt + offset);
    const silentFrom = at(silentAfter);
    return {
      life: { launchedAt: 1000, registeredAt, drainAt: at(drainAfter), silentFrom, until } satisfies BoxLife,
      attempts: attempts
        .filter((a) => a.from < life && (silentFrom === null || registeredAt + a.from < silentFrom))
        .map(({ from, length, weight, load, work, wasted }): MeteredAttempt => {
          // A silent box's attempts are closed at its last heartbeat, as lost.
          const to = Math.min(registeredAt + from + length, silentFrom ?? Infinity);
          const wall = to - registeredAt - from;
          const meter = clampMeter({ loadMs: (wall * load) / 150, workMs: (wall * work) / 150 }, wall);
          return { from: registeredAt + from, to, weight, wasted: wasted || to === silentFrom, ...meter };
        }),
    };
  });

describe('the seconds of a box', () => {
  it('sum to its lifetime, whatever ran on it (within 1 %; exact but for rounding)', () => {
    fc.assert(
      fc.property(schedule, ({ life, attempts }) => {
        const time = lifeOf(life, attempts);
        expect(Math.abs(sumOf(time) - time.lifetime)).toBeLessThanOrEqual(1e-6 * time.lifetime + 1e-6);
        for (const part of Object.values(time)) expect(part).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });

  it('are never counted twice: the shares of all attempts sum to the time the box was in use', () => {
    fc.assert(
      fc.property(schedule, ({ life, attempts }) => {
        const ended = attempts.filter((a) => a.to! <= life.until);
        const until = Math.max(0, ...ended.map((a) => a.to!));
        const shares = ended.reduce(
          (sum, a) =>
            sum +
            occupiedMs(
              a,
              a.to!,
              ended.filter((o) => o !== a),
            ),
          0,
        );
        expect(shares).toBeCloseTo(coveredMs(0, until, ended), 4);
      }),
    );
  });

  it('are halved between two equal tasks for as long as both run', () => {
    const a = { from: 0, to: 100, weight: 1 };
    expect(occupiedMs(a, 100, [{ from: 50, to: null, weight: 1 }])).toBe(75);
  });

  it('follow declared VRAM', () => {
    expect(occupiedMs({ from: 0, to: 100, weight: 6000 }, 100, [{ from: 0, to: 100, weight: 2000 }])).toBe(75);
  });

  it('of a lost box are wasted from lease to last heartbeat, and from there to its end', () => {
    const life = { launchedAt: 0, registeredAt: 10, drainAt: null, silentFrom: 60, until: 100 };
    expect(lifeOf(life, [{ from: 20, to: 60, weight: 1, loadMs: 0, workMs: 0, wasted: true }])).toEqual({
      work: 0,
      load: 0,
      boot: 10,
      idle: 10,
      drain: 0,
      wasted: 80,
      lifetime: 100,
    });
  });

  it('after a drain count as drain unless a task still runs', () => {
    const life = { launchedAt: 0, registeredAt: 10, drainAt: 50, silentFrom: null, until: 100 };
    expect(lifeOf(life, [{ from: 40, to: 80, weight: 1, loadMs: 5, workMs: 30, wasted: false }])).toEqual({
      work: 30,
      load: 5,
      boot: 10,
      idle: 35,
      drain: 20,
      wasted: 0,
      lifetime: 100,
    });
  });

  it('that never registered are boot', () => {
    expect(boxTime({ launchedAt: 0, registeredAt: null, drainAt: null, silentFrom: null, until: 70 }, NOTHING, [])).toMatchObject({
      boot: 70,
      idle: 0,
      lifetime: 70,
    });
  });
});

describe('what a box claims', () => {
  it('never exceeds the time between our own stamps', () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), fc.nat(1_000_000), (loadMs, workMs, wall) => {
        const meter = clampMeter({ loadMs, workMs }, wall);
        expect(meter.loadMs).toBeGreaterThanOrEqual(0);
        expect(meter.workMs).toBeGreaterThanOrEqual(0);
        expect(meter.loadMs + meter.workMs).toBeLessThanOrEqual(wall);
      }),
    );
  });
});
