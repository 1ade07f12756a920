import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

type Palette = Record<string, [light: string, dark: string]>;

function paletteOf(block: string): Palette {
  const palette: Palette = {};
  for (const [, name, light, dark] of block.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)) {
    palette[name!] = [light!, dark!];
  }
  return palette;
}

function luminance(hex: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
  const [r, g, b] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
}

const blocks = css.split("[data-contrast='more']");
const normal = paletteOf(blocks[0]!);
const more = { ...normal, ...paletteOf(blocks[1]!) };

const grounds = ['paper', 'surface', 'sunk', 'hover'];
const words = ['ink', 'ink-soft', 'ink-faint', 'good', 'warn', 'bad'];
const pairs: [string, string, number][] = [
  ...words.flatMap((word) => grounds.map((ground): [string, string, number] => [word, ground, 4.5])),
  ...['good', 'warn', 'bad'].map((state): [string, string, number] => [state, `${state}-wash`, 4.5]),
  ['ink', 'good-wash', 4.5],
  ['ink', 'warn-wash', 4.5],
  ['ink', 'bad-wash', 4.5],
  ['ink-soft', 'bad-wash', 4.5],
  ['on-accent', 'accent', 4.5],
  ['on-accent', 'accent-hover', 4.5],
  ['on-bad', 'bad', 4.5],
  ['paper', 'ink', 4.5],
  ['line-strong', 'paper', 3],
  ['line-strong', 'surface', 3],
  ['accent', 'paper', 3],
];

describe.each([
  ['normal', normal],
  ['more', more],
])('contrast of the palette "%s"', (_name, palette) => {
  it.each(pairs)('%s on %s reaches %s : 1 in light and dark', (front, back, wanted) => {
    for (const side of [0, 1] as const) {
      expect(contrast(palette[front]![side], palette[back]![side])).toBeGreaterThanOrEqual(wanted);
    }
  });
});
