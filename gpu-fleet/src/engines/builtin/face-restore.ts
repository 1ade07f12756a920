/**
 * What stands in for face restoration where no model is installed: skin is smoothed and its edges are sharpened. That is no restoration,
 * so the result is marked as simulated.
 */
import { boxMean, type Plane } from './background/planes.js';
import { smooth } from './masks.js';
import type { OperationOf } from './operation.js';
import { readPicture, type Picture } from './picture.js';

const STEPS = 3;
/** How far a colour may vary and still be noise, of 255. */
const NOISE = 18;
const SHARPNESS = 0.6;

export const faceRestore: OperationOf<'face-restore'> = async ({ fidelity }, inputs, course) => {
  const picture = await readPicture(inputs.get('image'));
  await course.step(0, STEPS, 'looking for skin');
  const skin = skinOf(picture);
  await course.step(1, STEPS, 'smoothing');
  const reach = Math.max(1, Math.round(Math.max(picture.width, picture.height) / 400));
  const weight = 1 - 0.5 * Math.min(1, Math.max(0, Number(fidelity) || 0));
  const data = picture.data.slice();
  for (let c = 0; c < 3; c++) restore(picture, data, c, skin, reach, weight);
  await course.step(2, STEPS, 'sharpening');
  return {
    picture: { ...picture, data },
    simulated: true,
    steps: STEPS,
    metadata: { method: 'smoothing and sharpening of skin', note: 'simulated: no face was restored, because no model is installed' },
  };
};

/** 0 … 1: how much a pixel is of the colour of skin (Chai & Ngan 1999, in Cb and Cr), without specks. */
function skinOf({ width, height, channels, data }: Picture): Plane {
  const plane = new Float32Array(width * height);
  for (let i = 0; i < plane.length; i++) {
    const [r, g, b] = [data[i * channels]!, data[i * channels + 1]!, data[i * channels + 2]!];
    const cb = 128 - 0.168736 * r - 0.331264 * g + 0.5 * b;
    const cr = 128 + 0.5 * r - 0.418688 * g - 0.081312 * b;
    plane[i] = cb >= 77 && cb <= 127 && cr >= 133 && cr <= 173 ? 1 : 0;
  }
  const soft = boxMean({ width, height, data: plane }, Math.max(2, Math.round(Math.max(width, height) / 200)));
  return { ...soft, data: soft.data.map((value) => smooth((value - 0.3) / 0.5)) };
}

function restore({ width, height, channels, data }: Picture, out: Uint8Array, c: number, skin: Plane, reach: number, weight: number): void {
  const plane: Plane = { width, height, data: Float32Array.from({ length: width * height }, (_, i) => data[i * channels + c]!) };
  const near = boxMean(plane, reach).data;
  const wide = boxMean(plane, reach * 3).data;
  for (let i = 0; i < skin.data.length; i++) {
    const share = skin.data[i]! * weight;
    if (share === 0) continue;
    const value = plane.data[i]!;
    const noise = Math.exp(-(((value - near[i]!) / NOISE) ** 2));
    const calm = value + (near[i]! - value) * noise * 0.7;
    const crisp = calm + (calm - wide[i]!) * SHARPNESS * (1 - noise);
    out[i * channels + c] = Math.min(255, Math.max(0, Math.round(value + (crisp - value) * share)));
  }
}
