/** YuNet, a face detector with five landmarks: BGR 0 … 255 on a black square of 640; for each stride class, object, box and landmarks. */
import type { Picture } from '../../builtin/picture.js';
import type { Tensor } from '../tensor.js';
import { letterbox, suppressed, type Box } from './boxes.js';
import { onCanvas } from './detector.js';
import type { Spot } from './face.js';

export const YUNET_SIDE = 640;
const STRIDES = [8, 16, 32];

export interface Face extends Box {
  /** Left eye, right eye, nose, left and right corner of the mouth, as the viewer sees them: the order of FFHQ's template. */
  landmarks: Spot[];
}

export function yunetInput(resized: Picture): Tensor {
  return onCanvas(resized, YUNET_SIDE, 0);
}

/** @param outputs cls, obj, bbox, kps; three strides each, in the order of the recipe. */
export function facesOf(outputs: readonly Tensor[], width: number, height: number, confidence = 0.6): Face[] {
  const { scale } = letterbox(width, height, YUNET_SIDE);
  const faces: Face[] = [];
  for (const [i, stride] of STRIDES.entries()) {
    const [cls, obj, bbox, kps] = [outputs[i]!, outputs[3 + i]!, outputs[6 + i]!, outputs[9 + i]!].map(({ data }) => data) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const cells = YUNET_SIDE / stride;
    for (let cell = 0; cell < cells * cells; cell++) {
      const score = Math.sqrt(unit(cls[cell]!) * unit(obj[cell]!));
      if (score < confidence) continue;
      const column = cell % cells,
        row = Math.floor(cell / cells);
      const place = (offset: number, origin: number): number => ((offset + origin) * stride) / scale;
      const [w, h] = [(Math.exp(bbox[cell * 4 + 2]!) * stride) / scale, (Math.exp(bbox[cell * 4 + 3]!) * stride) / scale];
      faces.push({
        left: place(bbox[cell * 4]!, column) - w / 2,
        top: place(bbox[cell * 4 + 1]!, row) - h / 2,
        width: w,
        height: h,
        score,
        label: 0,
        landmarks: [0, 1, 2, 3, 4].map((k): Spot => [place(kps[cell * 10 + 2 * k]!, column), place(kps[cell * 10 + 2 * k + 1]!, row)]),
      });
    }
  }
  return suppressed(faces, 0.3);
}

const unit = (value: number): number => Math.min(1, Math.max(0, value));
