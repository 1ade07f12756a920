import { describe, expect, it } from 'vitest';
import { positionOf } from './position.js';

const me = { tierWeight: 1, tenantId: 'me' };

describe('the position in the line', () => {
  it('is 1 when nobody waits', () => {
    expect(positionOf(me, 0, [{ ...me, ready: 1 }], 0)).toBe(1);
  });
  it("does not grow with another tenant's backlog", () => {
    const at = (ready: number): number =>
      positionOf(
        me,
        0,
        [
          { ...me, ready: 1 },
          { tierWeight: 1, tenantId: 'crowd', ready },
        ],
        2,
      );
    expect(at(1000)).toBe(at(10));
    expect(at(1000)).toBe(4);
  });
  it('counts the turns of heavier tiers, as far as they have work', () => {
    expect(positionOf(me, 0, [{ tierWeight: 8, tenantId: 'big', ready: 100 }], 0)).toBe(9);
    expect(positionOf(me, 0, [{ tierWeight: 8, tenantId: 'big', ready: 3 }], 0)).toBe(4);
  });
  it('is last in the own tenant’s line', () => {
    expect(positionOf(me, 5, [{ ...me, ready: 6 }], 0)).toBe(6);
  });
});
