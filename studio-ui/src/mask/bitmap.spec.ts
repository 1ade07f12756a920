import { describe, expect, it } from 'vitest';
import { type Bitmap, blank, combine, covered, feather, fill, grow, invert, pixels, stroke, wholeOf } from './bitmap.js';
import { History } from './history.js';

const count = ({ data }: Bitmap): number => data.reduce((sum, byte) => sum + (byte >= 128 ? 1 : 0), 0);
const at = (mask: Bitmap, x: number, y: number): number => mask.data[y * mask.width + x]!;
const square = (size: number, from: number, to: number): Bitmap => {
  const mask = blank(size, size);
  for (let y = from; y < to; y += 1) mask.data.fill(255, y * size + from, y * size + to);
  return mask;
};

describe('mask', () => {
  it('a dab of the brush has the area of its disc', () => {
    const mask = blank(101, 101);
    stroke(mask, { x: 50.5, y: 50.5 }, { x: 50.5, y: 50.5 }, 20, 255);
    expect(Math.abs(covered(mask) * 101 * 101 - Math.PI * 400)).toBeLessThan(10);
    expect([at(mask, 50, 50), at(mask, 50, 80)]).toEqual([255, 0]);
  });

  it('a fast hand leaves no gaps, and the eraser takes the same stroke away', () => {
    const mask = blank(200, 40);
    stroke(mask, { x: 10, y: 20 }, { x: 190, y: 20 }, 5, 255);
    for (let x = 10; x < 190; x += 1) expect(at(mask, x, 20)).toBe(255);
    stroke(mask, { x: 10, y: 20 }, { x: 190, y: 20 }, 5, 0);
    expect(count(mask)).toBe(0);
  });

  it('a stroke beyond the edge of the picture paints up to the edge and touches nothing else', () => {
    const mask = blank(20, 20);
    const box = stroke(mask, { x: -30, y: 5 }, { x: 3, y: 5 }, 4, 255);
    expect(at(mask, 0, 5)).toBe(255);
    expect(count({ ...mask, data: mask.data.slice(11 * 20) })).toBe(0);
    expect(box.left).toBe(0);
    expect(stroke(mask, { x: -90, y: -90 }, { x: -80, y: -80 }, 4, 255)).toMatchObject({ left: 0, right: 0 });
  });

  it('the lasso fills what it surrounds, also a hollow shape', () => {
    const mask = blank(20, 20);
    const line = [
      { x: 2, y: 2 },
      { x: 18, y: 2 },
      { x: 18, y: 18 },
      { x: 10, y: 10 },
      { x: 2, y: 18 },
    ];
    fill(mask, line, 255);
    expect([at(mask, 10, 5), at(mask, 10, 16), at(mask, 3, 14), at(mask, 0, 0)]).toEqual([255, 0, 255, 0]);
    fill(mask, line, 0);
    expect(count(mask)).toBe(0);
  });

  it('growing by n reaches exactly the pixels within n, and shrinking by n takes them back', () => {
    const mask = square(41, 20, 21);
    grow(mask, 7);
    for (let y = 0; y < 41; y += 1) for (let x = 0; x < 41; x += 1) expect(at(mask, x, y)).toBe(Math.hypot(x - 20, y - 20) <= 7 ? 255 : 0);
    const box = square(41, 10, 31);
    grow(box, 3);
    expect(count(box)).toBeGreaterThan(21 * 21);
    grow(box, -3);
    expect(count(box)).toBe(21 * 21);
  });

  it('an empty mask stays empty however it grows, and shrinking a full one leaves it full', () => {
    const empty = blank(16, 16);
    grow(empty, 8);
    expect(count(empty)).toBe(0);
    const full = square(16, 0, 16);
    grow(full, -8);
    expect(count(full)).toBe(256);
  });

  it('feathering keeps the area, is half at the edge, and falls steadily', () => {
    const mask = square(120, 40, 80);
    feather(mask, 10);
    expect(Math.abs(covered(mask) * 14_400 - 1600)).toBeLessThan(20);
    expect(Math.abs((at(mask, 39, 60) + at(mask, 40, 60)) / 2 - 128)).toBeLessThan(3);
    for (let x = 20; x < 60; x += 1) expect(at(mask, x, 60)).toBeGreaterThanOrEqual(at(mask, x - 1, 60));
  });

  it('inverting twice is nothing, and masks are added and taken away', () => {
    const mask = square(10, 0, 5);
    invert(mask);
    expect(count(mask)).toBe(75);
    invert(mask);
    expect(mask).toEqual(square(10, 0, 5));
    combine(mask, square(10, 5, 10), 'add');
    expect(count(mask)).toBe(50);
    combine(mask, square(10, 0, 5), 'subtract');
    expect(mask).toEqual(square(10, 5, 10));
  });

  it('undo and redo go stroke by stroke, and a new stroke ends what could be redone', () => {
    const mask = blank(30, 30);
    const history = new History();
    const dab = (x: number): void => {
      const before = mask.data.slice();
      history.add(mask, before, stroke(mask, { x, y: 15 }, { x, y: 15 }, 4, 255));
    };
    dab(8);
    const one = mask.data.slice();
    dab(20);
    const two = mask.data.slice();
    history.undo(mask);
    expect(mask.data).toEqual(one);
    history.redo(mask);
    expect(mask.data).toEqual(two);
    history.undo(mask);
    history.undo(mask);
    expect([count(mask), history.undo(mask), history.canUndo]).toEqual([0, null, false]);
    dab(10);
    expect([history.canRedo, history.redo(mask)]).toEqual([false, null]);
  });

  it('as a file it is white on black and opaque', () => {
    const mask = square(2, 0, 1);
    expect([...pixels(mask, wholeOf(mask), null).subarray(0, 8)]).toEqual([255, 255, 255, 255, 0, 0, 0, 255]);
  });
});
