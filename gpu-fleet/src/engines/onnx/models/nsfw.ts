/** A slot for a classifier of pictures: 224², −1 … 1, two to five labels. */
import type { Picture } from '../../builtin/picture.js';
import { mismatch } from '../graph.js';
import { colours, type Tensor } from '../tensor.js';

export const NSFW_SIDE = 224;

export function nsfwInput(square: Picture): Tensor {
  return colours(square, 1 / 255, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]);
}

/** Names by the number of labels, in the order of the published classifiers with so many; others are numbered. */
const LABELS: Readonly<Record<number, readonly string[]>> = {
  2: ['normal', 'nsfw'],
  5: ['drawings', 'hentai', 'neutral', 'porn', 'sexy'],
};
export const labelsOf = (count: number): readonly string[] => LABELS[count] ?? Array.from({ length: count }, (_, index) => `label ${index}`);

/** Shares that sum to 1, in the order of the labels. @throws EngineFault when there are not two to five of them. */
export function shares({ data }: Tensor, file: string): number[] {
  if (data.length < 2 || data.length > 5) throw mismatch(file, `it tells ${data.length} labels instead of 2 to 5`);
  const most = Math.max(...data);
  const powers = [...data].map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
