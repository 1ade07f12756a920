/** What a model that finds the subject by itself is: a size, numbers in, an alpha out. */
import type { Picture } from '../../builtin/picture.js';
import type { Plane, Tensor } from '../tensor.js';

export interface Matting {
  /** Size at which the model looks at a picture. */
  sizeFor(width: number, height: number): { width: number; height: number };
  before(resized: Picture): Tensor;
  /** Alpha 0 … 1 at the model's size. */
  after(output: Tensor): Plane;
}
