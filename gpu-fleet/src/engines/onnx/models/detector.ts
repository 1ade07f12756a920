/** Detectors under permissive licences: YOLOX (BGR 0 … 255, laid on grey 114, undecoded grids) and RT-DETR (RGB 0 … 1, stretched). */
import type { Picture } from '../../builtin/picture.js';
import { colours, sigmoid, tensor, type Tensor } from '../tensor.js';
import { letterbox, suppressed, type Box } from './boxes.js';

export const DETECTOR_SIDE = 640;
export type DetectorLayout = 'yolox' | 'rt-detr';
const STRIDES = [8, 16, 32];
const GREY = 114;

/** Size to which the picture is resized before `detectorInput`. */
export function detectorSize(layout: DetectorLayout, width: number, height: number): { width: number; height: number } {
  if (layout === 'rt-detr') return { width: DETECTOR_SIDE, height: DETECTOR_SIDE };
  const box = letterbox(width, height, DETECTOR_SIDE);
  return { width: box.width, height: box.height };
}

export function detectorInput(layout: DetectorLayout, resized: Picture): Tensor {
  return layout === 'rt-detr' ? colours(resized, 1 / 255) : onCanvas(resized, DETECTOR_SIDE, GREY);
}

/** BGR bytes in the top left of a square canvas. */
export function onCanvas({ width, height, channels, data }: Picture, side: number, background: number): Tensor {
  const out = tensor([1, 3, side, side]);
  out.data.fill(background);
  for (let c = 0; c < 3; c++)
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) out.data[((2 - c) * side + y) * side + x] = data[(y * width + x) * channels + c]!;
  return out;
}

/** Boxes in pixels of the picture, surest first, one for each thing. */
export function detections(layout: DetectorLayout, outputs: readonly Tensor[], width: number, height: number, confidence = 0.5): Box[] {
  const found = layout === 'yolox' ? yolox(outputs[0]!, letterbox(width, height, DETECTOR_SIDE).scale) : rtDetr(outputs[0]!, outputs[1]!, width, height);
  return suppressed(found.filter(({ score }) => score >= confidence));
}

/** Rows of [cx, cy, log w, log h, object, classes …], over the cells of three grids, one after the other. */
function yolox({ data, dims }: Tensor, scale: number): Box[] {
  const size = dims[2]!;
  const boxes: Box[] = [];
  let row = 0;
  for (const stride of STRIDES) {
    const cells = DETECTOR_SIDE / stride;
    for (let cell = 0; cell < cells * cells; cell++, row++) {
      const at = row * size;
      const { label, most } = surest(data, at + 5, size - 5);
      const w = (Math.exp(data[at + 2]!) * stride) / scale,
        h = (Math.exp(data[at + 3]!) * stride) / scale;
      const cx = ((data[at]! + (cell % cells)) * stride) / scale,
        cy = ((data[at + 1]! + Math.floor(cell / cells)) * stride) / scale;
      boxes.push({ left: cx - w / 2, top: cy - h / 2, width: w, height: h, score: data[at + 4]! * most, label });
    }
  }
  return boxes;
}

/** Logits by class, and boxes as shares of the picture: cx, cy, w, h. */
function rtDetr(logits: Tensor, boxes: Tensor, width: number, height: number): Box[] {
  const classes = logits.dims[2]!;
  return Array.from({ length: logits.dims[1]! }, (_, row) => {
    const { label, most } = surest(logits.data, row * classes, classes);
    const [cx, cy, w, h] = boxes.data.subarray(row * 4, row * 4 + 4) as unknown as [number, number, number, number];
    return { left: (cx - w / 2) * width, top: (cy - h / 2) * height, width: w * width, height: h * height, score: sigmoid(most), label };
  });
}

function surest(data: Float32Array, from: number, count: number): { label: number; most: number } {
  let label = 0;
  for (let i = 1; i < count; i++) if (data[from + i]! > data[from + label]!) label = i;
  return { label, most: data[from + label]! };
}
