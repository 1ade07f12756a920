import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { correct, flowKey, nextLines, pickFair, type Flow, type Turns, type WaitingTask } from './fair-order.js';

const fresh = (): Turns => ({ v: 0, tiers: new Map(), tenants: new Map() });
let made = 0;
const tasks = (n: number, more: Partial<WaitingTask> = {}): WaitingTask[] =>
  Array.from({ length: n }, () => ({ id: `t${++made}`, jobId: `j${made}`, cost: 10, runningCap: null, kept: null, ...more }));
const flow = (tenantId: string, tierWeight: number, list: WaitingTask[], more: Partial<Flow> = {}): Flow => ({
  tenantId,
  tierWeight,
  tasks: list,
  activeJobs: [],
  more: false,
  ...more,
});

/** Serves one slot at a time from full queues; returns the tenants in order of service. */
function serveAll(turns: Turns, queues: { tenantId: string; tierWeight: number; list: WaitingTask[] }[], rounds: number): string[] {
  const order: string[] = [];
  for (let i = 0; i < rounds; i++) {
    const flows = queues.filter((q) => q.list.length > 0).map((q) => flow(q.tenantId, q.tierWeight, q.list.slice(0, 1)));
    const { picked } = pickFair(turns, flows, 1);
    if (picked.length === 0) break;
    const queue = queues.find((q) => q.list[0]?.id === picked[0]!.id)!;
    queue.list.shift();
    order.push(queue.tenantId);
  }
  return order;
}

describe('fair order', () => {
  it('gives tiers with a backlog their weights: 1:2:4:8', () => {
    const queues = [1, 2, 4, 8].map((w) => ({ tenantId: `w${w}`, tierWeight: w, list: tasks(400) }));
    const order = serveAll(fresh(), queues, 300);
    for (const w of [1, 2, 4, 8]) expect(Math.abs(order.filter((t) => t === `w${w}`).length - (300 * w) / 15)).toBeLessThanOrEqual(1);
  });

  it('serves tenants of a tier equally, by cost and not by count', () => {
    const queues = [
      { tenantId: 'long', tierWeight: 1, list: tasks(100, { cost: 40 }) },
      { tenantId: 'short', tierWeight: 1, list: tasks(400, { cost: 10 }) },
    ];
    const order = serveAll(fresh(), queues, 200);
    const [long, short] = ['long', 'short'].map((t) => order.filter((o) => o === t).length) as [number, number];
    expect(Math.abs(long * 40 - short * 10)).toBeLessThanOrEqual(40);
  });

  it("gives a first job the next turn of its tier, after another tenant's thousand", () => {
    const turns = fresh();
    const crowd = { tenantId: 'crowd', tierWeight: 1, list: tasks(1000) };
    serveAll(turns, [crowd], 500);
    expect(serveAll(turns, [crowd, { tenantId: 'new', tierWeight: 1, list: tasks(1) }], 1)).toEqual(['new']);
  });

  it('gives no credit for having been away', () => {
    const turns = fresh();
    const a = { tenantId: 'a', tierWeight: 1, list: tasks(300) };
    serveAll(turns, [a], 100);
    const order = serveAll(turns, [a, { tenantId: 'b', tierWeight: 1, list: tasks(100) }], 40);
    expect(Math.abs(order.filter((t) => t === 'a').length - order.filter((t) => t === 'b').length)).toBeLessThanOrEqual(1);
  });

  it('keeps every backlogged tenant within one task of its share, whatever the costs and weights (fairness bound)', () => {
    const queue = fc.record({ weight: fc.constantFrom(1, 2, 4, 8), costs: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 200, maxLength: 200 }) });
    fc.assert(
      fc.property(fc.array(queue, { minLength: 2, maxLength: 5 }), (queues) => {
        const turns = fresh();
        const lists = queues.map((q, i) => ({ tenantId: `t${i}`, tierWeight: q.weight, list: q.costs.map((cost) => tasks(1, { cost })[0]!) }));
        const service = new Map<string, number>();
        for (let i = 0; i < 150; i++) {
          const before = lists.map((l) => l.list[0]!);
          const [tenant] = serveAll(turns, lists, 1);
          const at = lists.findIndex((l) => l.tenantId === tenant);
          service.set(tenant!, (service.get(tenant!) ?? 0) + before[at]!.cost);
        }
        const tiers = [...new Set(queues.map((q) => q.weight))];
        const of = (weight: number): number[] => lists.filter((l) => l.tierWeight === weight).map((l) => service.get(l.tenantId) ?? 0);
        // Within a tier: two tenants differ by at most one task of each.
        for (const weight of tiers) for (const a of of(weight)) for (const b of of(weight)) expect(Math.abs(a - b)).toBeLessThanOrEqual(100);
        // Between tiers: normalised service differs by at most one task of each, divided by the weights.
        const total = (weight: number): number => of(weight).reduce((x, y) => x + y, 0) / weight;
        for (const a of tiers) for (const b of tiers) expect(Math.abs(total(a) - total(b))).toBeLessThanOrEqual(50 / a + 50 / b);
      }),
      { numRuns: 60 },
    );
  });

  it('picks the same, whether loaded at once or one at a time', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ weight: fc.constantFrom(1, 2, 4, 8), n: fc.integer({ min: 1, max: 6 }), cost: fc.integer({ min: 1, max: 30 }) }), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.integer({ min: 1, max: 20 }),
        (queues, room) => {
          const lists = queues.map((q, i) => ({ tenantId: `t${i}`, tierWeight: q.weight, list: tasks(q.n, { cost: q.cost }) }));
          const whole = pickFair(
            fresh(),
            lists.map((l) => flow(l.tenantId, l.tierWeight, l.list)),
            room,
          ).picked.map((p) => p.id);
          const turns = fresh();
          const piecewise: string[] = [];
          const rest = lists.map((l) => ({ ...l, list: [...l.list] }));
          for (let again = true; again && piecewise.length < room;) {
            const flows = rest.filter((l) => l.list.length > 0).map((l) => flow(l.tenantId, l.tierWeight, l.list.slice(0, 2), { more: l.list.length > 2 }));
            const step = pickFair(turns, flows, room - piecewise.length);
            for (const { id } of step.picked) for (const l of rest) l.list = l.list.filter((t) => t.id !== id);
            piecewise.push(...step.picked.map((p) => p.id));
            again = step.again;
          }
          expect(piecewise).toEqual(whole);
        },
      ),
    );
  });

  it('needs to look at no more lines of a tier than there are turns to give', () => {
    const line = fc.record({
      weight: fc.constantFrom(1, 2, 4, 8),
      n: fc.integer({ min: 1, max: 5 }),
      cost: fc.integer({ min: 1, max: 30 }),
      f: fc.integer({ min: 0, max: 100 }),
    });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 6 }), (lines, room) => {
        const flows = lines.map((l, i) => flow(`t${String(i).padStart(2, '0')}`, l.weight, tasks(l.n, { cost: l.cost })));
        const state = (): Turns => ({ v: 0, tiers: new Map(), tenants: new Map(flows.map((f, i) => [flowKey(f), lines[i]!.f])) });
        const few = nextLines(
          state(),
          flows.map((f) => ({ ...f, head: { tag: null } })),
          room,
        );
        expect(pickFair(state(), few, room).picked).toEqual(pickFair(state(), flows, room).picked);
      }),
    );
  });

  it('skips a tenant whose running jobs reach its cap, but not the further tasks of those jobs', () => {
    const capped = flow('a', 1, [...tasks(3, { runningCap: 1 }), ...tasks(1, { runningCap: 1, jobId: 'running' })], { activeJobs: ['running'] });
    const { picked } = pickFair(fresh(), [capped, flow('b', 1, tasks(2))], 10);
    expect(picked).toHaveLength(3);
    expect(picked.map((p) => p.id)).toContain(capped.tasks[3]!.id);
  });

  it('starts no more jobs of a tenant than its cap within one promotion, across its tiers', () => {
    const { picked } = pickFair(fresh(), [flow('a', 1, tasks(5, { runningCap: 2 })), flow('a', 2, tasks(5, { runningCap: 2 }))], 10);
    expect(picked).toHaveLength(2);
  });

  it('puts an interrupted task first and charges it again what it gave back', () => {
    const turns = fresh();
    const [first] = tasks(1);
    pickFair(turns, [flow('a', 1, [first!])], 1);
    serveAll(turns, [{ tenantId: 'b', tierWeight: 1, list: tasks(5) }], 5);
    const f = turns.tenants.get(flowKey({ tierWeight: 1, tenantId: 'a' }))!;
    correct(turns, { tierWeight: 1, tenantId: 'a' }, -10);
    const again = pickFair(turns, [flow('b', 1, tasks(5)), flow('a', 1, [{ ...first!, kept: { tierTag: 0, tag: 0 } }])], 1);
    expect(again.picked).toEqual([{ id: first!.id, tierTag: 0, tag: 0, cost: 10 }]);
    expect(turns.tenants.get(flowKey({ tierWeight: 1, tenantId: 'a' }))).toBe(f);
  });

  it('corrects estimates: who was guessed too low is not served more', () => {
    const turns = fresh();
    const queues = ['liar', 'honest'].map((tenantId) => ({ tenantId, tierWeight: 1, list: tasks(200) }));
    const actual = { liar: 100, honest: 10 };
    const service = { liar: 0, honest: 0 };
    for (let i = 0; i < 110; i++) {
      const [tenantId] = serveAll(turns, queues, 1) as [keyof typeof actual];
      service[tenantId] += actual[tenantId];
      correct(turns, { tierWeight: 1, tenantId }, actual[tenantId] - 10);
    }
    expect(Math.abs(service.liar - service.honest)).toBeLessThanOrEqual(110);
  });
});
