import { expect, it } from 'vitest';
import { vramTogether, type VramUse } from './vram.js';

const file = (digest: string, vramMb: number) => ({ digest, vramMb });
const task = (vramMb: number, ...weights: VramUse['weights']): VramUse => ({ vramMb, weights });

it('tasks take what they have declared', () => {
  expect(vramTogether([])).toBe(0);
  expect(vramTogether([task(2000), task(2000), task(6000)])).toBe(10_000);
});

it('weights that tasks share are counted once, what each needs beside them as often as it is needed', () => {
  const base = file('base', 6000);
  expect(vramTogether([task(6000, base), task(6000, base)])).toBe(6000);
  expect(vramTogether([task(7000, base), task(7000, base)])).toBe(8000);
  expect(vramTogether([task(6000, base), task(6500, base, file('lora', 500))])).toBe(6500);
});

it('a task whose files say more than it does takes what they say', () => {
  expect(vramTogether([task(0, file('a', 100), file('b', 50))])).toBe(150);
});
