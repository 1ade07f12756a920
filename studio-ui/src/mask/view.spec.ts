import { describe, expect, it } from 'vitest';
import { fitted, pinched, toPicture, zoomed } from './view.js';

describe('view of the mask editor', () => {
  it('the whole picture fits and lies in the middle', () => {
    const view = fitted({ width: 832, height: 432 }, { width: 400, height: 400 });
    expect(view).toEqual({ scale: 1, x: 216, y: 16 });
    expect(toPicture(view, { x: 216, y: 16 })).toEqual({ x: 0, y: 0 });
  });

  it('zooming keeps the place under the pointer', () => {
    const view = fitted({ width: 500, height: 500 }, { width: 900, height: 300 });
    const at = { x: 123, y: 77 };
    const [before, after] = [toPicture(view, at), toPicture(zoomed(view, 3, at), at)];
    expect(Math.hypot(before.x - after.x, before.y - after.y)).toBeLessThan(1e-9);
  });

  it('two fingers keep what is between them', () => {
    const view = { x: 10, y: 20, scale: 1.5 };
    const next = pinched(
      view,
      [
        { x: 100, y: 100 },
        { x: 200, y: 100 },
      ],
      [
        { x: 80, y: 160 },
        { x: 280, y: 160 },
      ],
    );
    expect(next.scale).toBeCloseTo(3);
    const [before, after] = [toPicture(view, { x: 150, y: 100 }), toPicture(next, { x: 180, y: 160 })];
    expect(Math.hypot(before.x - after.x, before.y - after.y)).toBeLessThan(1e-9);
  });
});
