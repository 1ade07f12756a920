/**
 * Background removal on photographs, against the mattes a U²-Net made of them. The photographs are not in the repository: they are
 * looked for in `$ATELIER_DATA/photos`, else beside the repository.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { BuiltinEngine } from '../../gpu-fleet/src/index.js';

const PHOTOS = resolve(process.env.ATELIER_DATA ?? resolve(import.meta.dirname, '../../../shared/data'), 'photos');
const names = existsSync(PHOTOS) ? readdirSync(PHOTOS).flatMap((file) => /^(.+)\.matte\.png$/.exec(file)?.[1] ?? []) : [];
const MATCH = 0.5;
/** Largest step in one channel that the flood fill crosses. */
const FLOOD_STEP = 12;

interface Alpha {
  width: number;
  height: number;
  /** 0 … 1. */
  data: Float32Array;
}

async function alphaOf(file: string | Uint8Array): Promise<Alpha> {
  const { data, info } = await sharp(file).ensureAlpha().extractChannel(3).raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: Float32Array.from(data, (v) => v / 255) };
}

/** |A ∩ B| / |A ∪ B|, of masks at 0.5 and of the soft values. */
function iou(a: Alpha, b: Alpha): { hard: number; soft: number } {
  let both = 0,
    either = 0,
    least = 0,
    most = 0;
  for (let i = 0; i < a.data.length; i++) {
    const [x, y] = [a.data[i]!, b.data[i]!];
    if (x > MATCH && y > MATCH) both++;
    if (x > MATCH || y > MATCH) either++;
    least += Math.min(x, y);
    most += Math.max(x, y);
  }
  return { hard: both / either, soft: least / most };
}

/** The baseline: whatever a fill from the four corners reaches in small colour steps is background. */
async function cornerFloodFill(file: string): Promise<Alpha> {
  const {
    data,
    info: { width, height },
  } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const alpha = new Float32Array(width * height).fill(1);
  const queue = [0, width - 1, width * (height - 1), width * height - 1];
  queue.forEach((i) => (alpha[i] = 0));
  for (let head = 0; head < queue.length; head++) {
    const i = queue[head]!;
    const x = i % width;
    for (const j of [x > 0 ? i - 1 : -1, x < width - 1 ? i + 1 : -1, i - width, i + width]) {
      if (j < 0 || j >= alpha.length || alpha[j] === 0) continue;
      if ([0, 1, 2].some((c) => Math.abs(data[i * 3 + c]! - data[j * 3 + c]!) > FLOOD_STEP)) continue;
      alpha[j] = 0;
      queue.push(j);
    }
  }
  return { width, height, data: alpha };
}

if (names.length === 0) {
  describe('background removal on photographs', () => {
    it(`was left out: there are no photographs in ${PHOTOS} (set ATELIER_DATA)`, () => expect(names).toEqual([]));
  });
} else {
  const engine = new BuiltinEngine(1);
  afterAll(() => engine.close());

  describe('background removal on photographs', () => {
    it('agrees with the reference mattes: mean IoU ≥ 0.65, clearly above a flood fill from the corners', { timeout: 240_000 }, async () => {
      const rows: { photo: string; iou: number; softIou: number; cornerFloodFill: number; ms: number }[] = [];
      for (const photo of names) {
        const file = resolve(PHOTOS, `${photo}.jpg`);
        const reference = await alphaOf(resolve(PHOTOS, `${photo}.matte.png`));
        const began = performance.now();
        const input = { name: 'image', data: readFileSync(file), contentType: 'image/jpeg' };
        const { outputs, simulated } = await engine.run({
          kind: 'remove-background',
          parameters: { background: 'transparent' },
          inputs: [input],
          weights: [],
          onLoaded: () => undefined,
          onProgress: () => undefined,
          signal: new AbortController().signal,
        });
        const ms = performance.now() - began;
        expect(outputs[0]!.metadata).toMatchObject({ method: 'classical', model: null, note: 'made without a model' });
        expect(simulated).toBe(false);
        const { hard, soft } = iou(await alphaOf(outputs[0]!.data as Uint8Array), reference);
        rows.push({
          photo,
          iou: round(hard),
          softIou: round(soft),
          cornerFloodFill: round(iou(await cornerFloodFill(file), reference).hard),
          ms: Math.round(ms),
        });
      }
      const mean = (of: 'iou' | 'softIou' | 'cornerFloodFill') => round(rows.reduce((sum, row) => sum + row[of], 0) / rows.length);
      console.table([...rows, { photo: 'mean', iou: mean('iou'), softIou: mean('softIou'), cornerFloodFill: mean('cornerFloodFill'), ms: 0 }]);
      expect(mean('iou')).toBeGreaterThanOrEqual(0.65);
      expect(mean('cornerFloodFill')).toBeLessThan(mean('iou') - 0.2);
    });
  });
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
