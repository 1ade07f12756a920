import { describe, expect, it } from 'vitest';
import { Random } from '../random.js';
import { GridCut, STEP_X, STEP_Y } from './grid-cut.js';

const WIDTH = 4;
const HEIGHT = 3;

interface Problem {
  ifBackground: number[];
  ifForeground: number[];
  edges: { from: number; to: number; d: number; cost: number }[];
}

function problemOf(random: Random): Problem {
  const costs = () => Array.from({ length: WIDTH * HEIGHT }, () => random.below(10));
  const edges: Problem['edges'] = [];
  for (let i = 0; i < WIDTH * HEIGHT; i++) {
    for (let d = 4; d < 8; d++) {
      const x = (i % WIDTH) + STEP_X[d]!,
        y = Math.floor(i / WIDTH) + STEP_Y[d]!;
      if (x >= 0 && x < WIDTH && y < HEIGHT) edges.push({ from: i, to: y * WIDTH + x, d, cost: random.below(6) });
    }
  }
  return { ifBackground: costs(), ifForeground: costs(), edges };
}

function energyOf({ ifBackground, ifForeground, edges }: Problem, isForeground: (i: number) => boolean): number {
  let energy = 0;
  for (let i = 0; i < WIDTH * HEIGHT; i++) energy += isForeground(i) ? ifForeground[i]! : ifBackground[i]!;
  for (const { from, to, cost } of edges) if (isForeground(from) !== isForeground(to)) energy += cost;
  return energy;
}

describe('grid cut', () => {
  it('finds a labelling of least energy (against all 4096 labellings of 40 random grids)', () => {
    const random = new Random('grid cut');
    for (let round = 0; round < 40; round++) {
      const problem = problemOf(random);
      const grid = new GridCut(WIDTH, HEIGHT);
      for (let i = 0; i < WIDTH * HEIGHT; i++) grid.setCosts(i % WIDTH, Math.floor(i / WIDTH), problem.ifBackground[i]!, problem.ifForeground[i]!);
      for (const { from, d, cost } of problem.edges) grid.setEdge(from % WIDTH, Math.floor(from / WIDTH), d, cost);
      const mask = grid.solve();
      let least = Infinity;
      for (let labels = 0; labels < 1 << (WIDTH * HEIGHT); labels++)
        least = Math.min(
          least,
          energyOf(problem, (i) => ((labels >> i) & 1) === 1),
        );
      expect(energyOf(problem, (i) => mask[i] === 1)).toBe(least);
    }
  });
});
