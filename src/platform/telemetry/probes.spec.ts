import { describe, expect, it } from 'vitest';
import { Metrics } from './metrics.js';
import { Probes } from './probes.js';
import { setLogLevel } from './log.js';

setLogLevel('silent');
const make = (): { metrics: Metrics; probes: Probes } => {
  const metrics = new Metrics();
  return { metrics, probes: new Probes(metrics, { role: 'api' } as ConstructorParameters<typeof Probes>[1]) };
};

describe('probes', () => {
  it('names those that fail and those that do not answer in time, and only those', async () => {
    const { probes } = make();
    probes.health('fit', () => Promise.resolve());
    probes.health('broken', () => Promise.reject(new Error('no')));
    probes.health('silent', () => new Promise(() => undefined));
    expect(await probes.unready()).toEqual(['broken', 'silent']);
  });
  it('a crowd that asks at once is answered by one look', async () => {
    const { probes } = make();
    let looks = 0;
    probes.health('counted', () => Promise.resolve(void looks++));
    await Promise.all(Array.from({ length: 50 }, () => probes.unready()));
    expect(looks).toBe(1);
  });
  it('violations of invariants are returned and published; a rule that cannot be evaluated counts', async () => {
    const { probes, metrics } = make();
    probes.invariant('balanced', () => Promise.resolve([]));
    probes.invariant('no orphan holds', () => Promise.resolve([{ hold: 1 }, { hold: 2 }]));
    probes.invariant('unknown', () => Promise.reject(new Error('no table')));
    expect((await probes.invariants()).map(({ name, violations }) => [name, violations.length])).toEqual([
      ['balanced', 0],
      ['no orphan holds', 2],
      ['unknown', 1],
    ]);
    const text = await metrics.text();
    expect(text).toContain('atelier_invariant_violations{name="balanced"} 0');
    expect(text).toContain('atelier_invariant_violations{name="no orphan holds"} 2');
  });
  it('one instrument per name, however often it is asked for', async () => {
    const { metrics } = make();
    metrics.counter('x_total', 'x', ['a']).inc({ a: '1' });
    metrics.counter('x_total', 'x', ['a']).inc({ a: '1' });
    let level = 1;
    metrics.gauge('depth', 'd', [], (gauge) => gauge.set(level));
    level = 7;
    expect(await metrics.text()).toContain('x_total{a="1"} 2');
    expect(await metrics.text()).toContain('depth 7');
  });
});
