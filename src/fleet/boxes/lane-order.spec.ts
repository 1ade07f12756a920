import { describe, expect, it } from 'vitest';
import type { TicketedLane } from '../tasks/index.js';
import { orderLanes, type AskingBox } from './lane-order.js';

const lane = (laneId: string, tierTag: number, more: Partial<TicketedLane> = {}): TicketedLane => ({
  laneId,
  tierTag,
  vramMb: 1000,
  abilities: ['builtin:txt2img'],
  weights: [laneId],
  unitCost: 10,
  ...more,
});
const idsFor = (asking: AskingBox, lanes: TicketedLane[]): string[] => orderLanes(asking, lanes).map((found) => found.laneId);
const box: AskingBox = { abilities: ['builtin:txt2img', 'builtin:upscale'], loaded: [], cached: [], freeVramMb: 8000, slots: 1 };

describe('the lane a box takes from', () => {
  it('is the one whose turn it is', () => {
    expect(idsFor(box, [lane('b', 20), lane('a', 5)])).toEqual(['a', 'b']);
  });
  it('is one it can run: what its engines can do, VRAM it has free', () => {
    expect(idsFor(box, [lane('a', 5, { abilities: ['builtin:txt2img', 'onnx:remove-background'] }), lane('b', 6, { vramMb: 9000 }), lane('c', 7)])).toEqual([
      'c',
    ]);
  });
  it('is one whose weights are loaded, though not for longer than runway × largest unit', () => {
    const warm = { ...box, loaded: ['b'] };
    expect(idsFor(warm, [lane('a', 5), lane('b', 35)])).toEqual(['b', 'a']);
    expect(idsFor(warm, [lane('a', 5), lane('b', 36)])).toEqual(['a', 'b']);
  });
  it('is one whose weights are loaded before one whose weights are on disk before the one whose turn it is, within the bound', () => {
    const lanes = [lane('a', 5), lane('b', 6), lane('c', 7), lane('d', 500)];
    expect(idsFor({ ...box, loaded: ['c', 'd'], cached: ['b', 'c'] }, lanes)).toEqual(['c', 'b', 'a', 'd']);
  });
});
