/**
 * What a simulated picture shows: one of three generative scenes, chosen and shaped by the words. A scene is a function from place
 * to colour and a flow along which the brush moves; it knows no pixels, so every size shows the same picture.
 */
import { Noise } from './noise.js';
import type { Palette } from './palette.js';
import type { Random } from './random.js';

export interface Scene {
  /** Writes red, green, blue at (x, y), in units of the shorter side from the middle, into `out`. */
  colour(x: number, y: number, out: Float32Array): void;
  /** Direction of the brush there, radians. */
  flow(x: number, y: number): number;
}

/** @param choice decides what is shown, @param random how it is arranged. */
export function sceneOf(choice: Random, random: Random, palette: Palette): Scene {
  const kinds = [hills, rivers, blooms];
  return kinds[choice.below(kinds.length)]!(random, palette);
}

/** Ridges behind ridges under a low sun, each paler than the one before it. */
function hills(random: Random, palette: Palette): Scene {
  const noise = new Noise(random);
  const layers = 4 + random.below(4);
  const horizon = random.between(-0.2, 0.05);
  const sunX = random.between(-0.35, 0.35),
    sunY = horizon - random.between(0.02, 0.22),
    sunSize = random.between(0.06, 0.13);
  const rough = random.between(1.4, 2.8);
  const ridge = (layer: number, x: number) =>
    horizon +
    ((layer + 0.4) / layers) * (0.62 - horizon) +
    noise.sum(x * rough * (1 + layer * 0.25) + layer * 31, layer * 7.3, 5) * (0.16 + 0.1 * (layer / layers));
  // A ridge depends on x alone: one evaluation a column, not one a pixel.
  const columns = new Map<number, number[]>();
  const ridgesAt = (x: number) => {
    let ridges = columns.get(x);
    if (!ridges) columns.set(x, (ridges = Array.from({ length: layers }, (_, layer) => ridge(layer, x))));
    return ridges;
  };
  return {
    flow: (x, y) => noise.sum(x * 1.3 + 5, y * 2.6, 2) * 1.6,
    colour: (x, y, out) => {
      const ridges = ridgesAt(x);
      const front = ridges.findLastIndex((top) => y > top);
      if (front >= 0) {
        const nearness = (front + 1) / layers;
        const mist = Math.min(1, Math.max(0, (y - ridges[front]!) * 3.2)) * 0.16;
        shade(out, palette.ramp(0.66 * (1 - nearness) + mist + 0.05 * noise.sum(x * 7, y * 9, 3)));
        return;
      }
      const distance = Math.hypot(x - sunX, y - sunY);
      shade(out, palette.ramp(0.74 + 0.42 * (y - horizon) + 0.12 * noise.sum(x * 1.1, y * 4.2, 4)));
      glow(out, palette.accent, distance < sunSize ? 0.95 : 0.55 * Math.exp(-(distance - sunSize) * 5));
    },
  };
}

/** Noise bent by noise: marble, water, smoke. */
function rivers(random: Random, palette: Palette): Scene {
  const noise = new Noise(random);
  const scale = random.between(0.9, 1.9),
    bend = random.between(1.2, 2.6),
    bands = random.between(1.4, 3.2);
  const warp = (x: number, y: number): [number, number] => [noise.sum(x * scale, y * scale, 4), noise.sum(x * scale + 5.2, y * scale + 1.3, 4)];
  return {
    flow: (x, y) => noise.sum(x * scale + 3, y * scale + 8, 3) * 5,
    colour: (x, y, out) => {
      const [u, v] = warp(x, y);
      const value = noise.sum(x * scale + bend * u + 1.7, y * scale + bend * v + 9.2, 5);
      shade(out, palette.ramp(0.5 + 0.5 * Math.sin((value * bands + u * 0.6) * Math.PI) * 0.92));
      glow(out, palette.accent, Math.max(0, Math.hypot(u, v) * 1.5 - 0.32));
    },
  };
}

/** In radii of an orb: how far its petals and its light can reach. */
const PETAL_REACH = 1.4;
const GLOW_REACH = 2.6;

/** Orbs of light over a dusk of noise, the near ones in front. */
function blooms(random: Random, palette: Palette): Scene {
  const noise = new Noise(random);
  const orbs = Array.from({ length: 5 + random.below(6) }, () => ({
    x: random.between(-0.75, 0.75),
    y: random.between(-0.6, 0.6),
    radius: random.between(0.07, 0.3),
    light: random.between(0.45, 1),
    petals: 3 + random.below(7),
    turn: random.between(0, 6.3),
  })).sort((a, b) => b.radius - a.radius);
  return {
    flow: (x, y) => {
      let near = orbs[0]!,
        least = Infinity;
      for (const orb of orbs) {
        const distance = ((x - orb.x) ** 2 + (y - orb.y) ** 2) / orb.radius ** 2;
        if (distance < least) [near, least] = [orb, distance];
      }
      return Math.atan2(y - near.y, x - near.x) + Math.PI / 2 + noise.at(x * 3, y * 3) * 0.5;
    },
    colour: (x, y, out) => {
      shade(out, palette.ramp(0.2 + 0.3 * noise.sum(x * 1.6, y * 1.6, 4) + 0.16 * (0.6 - y)));
      for (const orb of orbs) {
        const dx = x - orb.x,
          dy = y - orb.y;
        const distance = Math.sqrt(dx * dx + dy * dy) / orb.radius;
        if (distance < PETAL_REACH) {
          const angle = Math.atan2(dy, dx) + orb.turn;
          const depth = 1 - distance / (1 + 0.16 * Math.cos(angle * orb.petals) + 0.22 * noise.at(dx * 9 + orb.x * 40, dy * 9 + orb.y * 40));
          if (depth > 0) {
            shade(out, palette.ramp(0.25 + orb.light * (0.25 + 0.5 * depth) + 0.07 * Math.cos(depth * 26)));
            continue;
          }
        }
        if (distance < GLOW_REACH) glow(out, palette.accent, 0.2 * orb.light * (1 - distance / GLOW_REACH) ** 2);
      }
    },
  };
}

function shade(out: Float32Array, colour: readonly [number, number, number]): void {
  out[0] = colour[0];
  out[1] = colour[1];
  out[2] = colour[2];
}

function glow(out: Float32Array, colour: readonly [number, number, number], share: number): void {
  const s = Math.min(1, share);
  for (let c = 0; c < 3; c++) out[c]! += (colour[c]! - out[c]!) * s;
}
