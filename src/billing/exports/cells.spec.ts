import { describe, expect, it } from 'vitest';
import { Cells } from './cells.js';
import type { Cell, ColumnType } from './job-row.js';

describe('cells', () => {
  it.each<[ColumnType, Cell[]]>([
    ['text', ['', 'ä', null, '画像', 'x'.repeat(5000), '🙂']],
    ['credits', [0n, null, -1n, 2n ** 62n]],
    ['time', [new Date(0), null, new Date('2026-11-27T12:00:00.123Z')]],
    ['count', [0, null, 7]],
    ['flag', [true, false, null]],
  ])('of %s come back as they went in, also in the next group', (type, cells) => {
    const kept = new Cells(type, cells.length);
    for (const group of [cells, cells.toReversed()]) {
      for (const cell of group) kept.add(cell);
      expect([kept.length, kept.slice(0, cells.length), kept.slice(1, 2)]).toEqual([cells.length, group, group.slice(1, 2)]);
      kept.clear();
    }
  });
});
