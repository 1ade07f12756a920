/** Fills what the mask covers. The model sees a window around it; outside the mask the result is the picture, bit for bit. */
import { grown } from '../../builtin/masks.js';
import { readPicture, type Picture } from '../../builtin/picture.js';
import { EngineInputError } from '../../engine.js';
import type { Graph } from '../graph.js';
import { lamaInput, lamaOutput, type LamaLayout } from '../models/lama.js';
import { pictureOutput, readMask, stretched } from '../pictures.js';
import { bytesOf, type Plane } from '../tensor.js';
import { factsOf, weightsOf, withGraphs, type KindOf } from './kind.js';

const STEPS = 2;
/** Longest side the model is given; a larger window is made smaller for it and only the hole is enlarged back. */
const SIDE_MAX = 1536;
/** A window shows at least so much around the hole. */
const CONTEXT_MIN = 128;

export interface Window {
  left: number;
  top: number;
  width: number;
  height: number;
}

export const cleanUp: KindOf<'clean-up'> = async ({ grow = 0 }, job) => {
  const weights = weightsOf(job, 'lama');
  return withGraphs(job, [weights], async ([graph]) => {
    await job.course.step(0, STEPS, 'inpainting');
    const picture = await readPicture(job.inputs.get('image'));
    const soft = await readMask(job.inputs.get('mask'), picture.width, picture.height);
    const hard: Plane = { ...soft, data: soft.data.map((value) => (value >= 0.5 ? 1 : 0)) };
    const mask = grow > 0 ? grown(hard, grow) : hard;
    const window = windowAround(mask);
    if (!window) throw new EngineInputError('empty_mask', 'The mask is black: paint white over what is to go.');
    await fill(picture, mask, window, graph!);
    await job.course.step(STEPS, STEPS, 'encoding');
    return { outputs: [await pictureOutput(picture, factsOf(job, [weights]))], steps: STEPS };
  });
};

/** Around the hole, its own size of context on each side; null when there is no hole. */
export function windowAround({ width, height, data }: Plane): Window | null {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[y * width + x] === 0) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  }
  if (right < 0) return null;
  const context = Math.max(CONTEXT_MIN, right - left + 1, bottom - top + 1);
  const x0 = Math.max(0, left - context),
    y0 = Math.max(0, top - context);
  return { left: x0, top: y0, width: Math.min(width, right + 1 + context) - x0, height: Math.min(height, bottom + 1 + context) - y0 };
}

async function fill(picture: Picture, mask: Plane, window: Window, graph: Graph): Promise<void> {
  const seen = cut(picture, window);
  const hole = cutPlane(mask, window);
  const { width, height } = sizeFor(window, graph);
  const isSame = width === window.width && height === window.height;
  const small = isSame ? seen : await stretched(seen, width, height, 'lanczos3');
  const smallHole = isSame ? hole : touched(hole, width, height);
  const [output] = await graph.run(lamaInput(graph.layout as LamaLayout, small, smallHole));
  const filled: Picture = { width, height, channels: 3, data: bytesOf(lamaOutput(output!, small, smallHole), width, height) };
  const full = isSame ? filled : await stretched(filled, window.width, window.height, 'cubic');
  for (let y = 0; y < window.height; y++) {
    for (let x = 0; x < window.width; x++) {
      const from = y * window.width + x;
      if (hole.data[from] === 0) continue;
      const to = ((window.top + y) * picture.width + window.left + x) * picture.channels;
      for (let c = 0; c < 3; c++) picture.data[to + c] = full.data[from * 3 + c]!;
    }
  }
}

/** The graph's own size where it insists on one, else the window's, within `SIDE_MAX`. */
function sizeFor(window: Window, graph: Graph): { width: number; height: number } {
  const { width, height } = graph.fixedSize;
  const scale = Math.min(1, SIDE_MAX / Math.max(window.width, window.height));
  return { width: width ?? Math.max(1, Math.round(window.width * scale)), height: height ?? Math.max(1, Math.round(window.height * scale)) };
}

function cut({ width, channels, data }: Picture, window: Window): Picture {
  const out = new Uint8Array(window.width * window.height * 3);
  for (let y = 0; y < window.height; y++) {
    for (let x = 0; x < window.width; x++) {
      const from = ((window.top + y) * width + window.left + x) * channels;
      for (let c = 0; c < 3; c++) out[(y * window.width + x) * 3 + c] = data[from + c]!;
    }
  }
  return { width: window.width, height: window.height, channels: 3, data: out };
}

function cutPlane(plane: Plane, { left, top, width, height }: Window): Plane {
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) data.set(plane.data.subarray((top + y) * plane.width + left, (top + y) * plane.width + left + width), y * width);
  return { width, height, data };
}

/** At another size: 1 wherever any of the hole falls, so that nothing of what is to go shows through. */
export function touched({ width, height, data }: Plane, toWidth: number, toHeight: number): Plane {
  const out = new Float32Array(toWidth * toHeight);
  const span = (i: number, from: number, to: number): [number, number] => [
    Math.floor((i * to) / from),
    Math.max(Math.floor((i * to) / from), Math.ceil(((i + 1) * to) / from) - 1),
  ];
  for (let y = 0; y < height; y++) {
    const [y0, y1] = span(y, height, toHeight);
    for (let x = 0; x < width; x++) {
      if (data[y * width + x] === 0) continue;
      const [x0, x1] = span(x, width, toWidth);
      for (let v = y0; v <= y1; v++) out.fill(1, v * toWidth + x0, v * toWidth + x1 + 1);
    }
  }
  return { width: toWidth, height: toHeight, data: out };
}
