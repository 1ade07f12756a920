/**
 * The smallest graph that keeps the promise of each recipe: documented names and shapes, and a result that can be worked out by hand. The doctor
 * runs one to see that the engine works; tests run all of them. Written as ONNX protobuf (opset 13, IR 8) field by field.
 */
import type { OnnxRecipe } from '@atelier/contracts';

type Shape = readonly (number | string)[];
type Attribute = readonly [name: string, value: number | string | readonly number[]];

const varint = (value: number): number[] => {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
};
const number = (field: number, value: number): Buffer => Buffer.from([...varint(field * 8), ...varint(value)]);
const bytes = (field: number, ...parts: (Buffer | string)[]): Buffer => {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  return Buffer.concat([Buffer.from([...varint(field * 8 + 2), ...varint(body.length)]), body]);
};
const float = (field: number, value: number): Buffer => {
  const body = Buffer.alloc(4);
  body.writeFloatLE(value);
  return Buffer.concat([Buffer.from(varint(field * 8 + 5)), body]);
};

const FLOAT = 1;
const INT64 = 7;
const DOUBLE = 11;

/** Collects nodes, constants and the ends of one graph. */
class Writer {
  private readonly nodes: Buffer[] = [];
  private readonly constants: Buffer[] = [];
  private readonly inputs: Buffer[] = [];
  private readonly outputs: Buffer[] = [];
  private count = 0;

  input(name: string, shape: Shape, type = FLOAT): string {
    this.inputs.push(bytes(11, valueInfo(name, shape, type)));
    return name;
  }

  constant(values: readonly number[], shape: readonly number[] = [values.length]): string {
    const raw = Buffer.alloc(values.length * 4);
    values.forEach((value, i) => raw.writeFloatLE(value, i * 4));
    return this.initialiser(shape, FLOAT, raw);
  }

  whole(values: readonly number[]): string {
    const raw = Buffer.alloc(values.length * 8);
    values.forEach((value, i) => raw.writeBigInt64LE(BigInt(value), i * 8));
    return this.initialiser([values.length], INT64, raw);
  }

  /** @returns the name of what the node makes */
  node(op: string, inputs: readonly string[], attributes: readonly Attribute[] = [], output = `t${this.count++}`): string {
    this.nodes.push(bytes(1, ...inputs.map((name) => bytes(1, name)), bytes(2, output), bytes(4, op), ...attributes.map(attributeOf)));
    return output;
  }

  output(name: string, shape: Shape, from: string): void {
    this.node('Identity', [from], [], name);
    this.outputs.push(bytes(12, valueInfo(name, shape, FLOAT)));
  }

  model(): Uint8Array {
    const graph = bytes(7, ...this.nodes, bytes(2, 'tiny'), ...this.constants, ...this.inputs, ...this.outputs);
    return Buffer.concat([number(1, 8), graph, bytes(8, bytes(1, ''), number(2, 13))]);
  }

  private initialiser(shape: readonly number[], type: number, raw: Buffer): string {
    const name = `c${this.count++}`;
    this.constants.push(bytes(5, ...shape.map((size) => number(1, size)), number(2, type), bytes(8, name), bytes(9, raw)));
    return name;
  }
}

function valueInfo(name: string, shape: Shape, type: number): Buffer {
  const sizes = shape.map((size) => bytes(1, typeof size === 'number' ? number(1, size) : bytes(2, size)));
  return Buffer.concat([bytes(1, name), bytes(2, bytes(1, number(1, type), bytes(2, ...sizes)))]);
}

function attributeOf([name, value]: Attribute): Buffer {
  if (typeof value === 'string') return bytes(5, bytes(1, name), bytes(4, value), number(20, 3));
  if (typeof value === 'number')
    return Number.isInteger(value) ? bytes(5, bytes(1, name), number(3, value), number(20, 2)) : bytes(5, bytes(1, name), float(2, value), number(20, 1));
  return bytes(5, bytes(1, name), ...value.map((each) => number(8, each)), number(20, 7));
}

const mean = (w: Writer, from: string): string =>
  w.node(
    'ReduceMean',
    [from],
    [
      ['axes', [1]],
      ['keepdims', 1],
    ],
  );
const anySize: Shape = [1, 3, 'height', 'width'];
const anyPlane: Shape = [1, 1, 'height', 'width'];

/** Alpha is the mean of the three channels as they came in. */
function matter(side: number): Uint8Array {
  const w = new Writer();
  w.output('alpha', [1, 1, side, side], mean(w, w.input('picture', [1, 3, side, side])));
  return w.model();
}

/** Every pixel becomes `factor` × `factor` of itself. */
function enlarger(factor: number): Uint8Array {
  const w = new Writer();
  const modes: Attribute[] = [
    ['mode', 'nearest'],
    ['coordinate_transformation_mode', 'asymmetric'],
    ['nearest_mode', 'floor'],
  ];
  const large = w.node('Resize', [w.input('picture', anySize), '', w.constant([1, 1, factor, factor])], modes);
  w.output('enlarged', anySize, large);
  return w.model();
}

function samEncoder(): Uint8Array {
  const w = new Writer();
  const image = w.input('image', [1, 3, 1024, 1024]);
  for (const [name, stride, channels] of [
    ['high_res_feats_0', 4, 32],
    ['high_res_feats_1', 8, 64],
    ['image_embed', 16, 256],
  ] as const) {
    const small = w.node(
      'AveragePool',
      [image],
      [
        ['kernel_shape', [stride, stride]],
        ['strides', [stride, stride]],
      ],
    );
    // Channel n carries the colour n mod 3.
    const weights = Array.from({ length: channels * 3 }, (_, i) => (Math.floor(i / 3) % 3 === i % 3 ? 1 : 0));
    w.output(name, [1, channels, 1024 / stride, 1024 / stride], w.node('Conv', [small, w.constant(weights, [channels, 3, 1, 1])]));
  }
  return w.model();
}

/** A disc of 30 pixels of the 256² mask around the first click, the more the brighter the picture. The first of three masks is the trusted one. */
function samDecoder(): Uint8Array {
  const w = new Writer();
  const embed = w.input('image_embed', [1, 256, 64, 64]);
  w.input('high_res_feats_0', [1, 32, 256, 256]);
  w.input('high_res_feats_1', [1, 64, 128, 128]);
  const coords = w.input('point_coords', ['labels', 'points', 2]);
  w.input('point_labels', ['labels', 'points']);
  w.input('mask_input', ['labels', 1, 256, 256]);
  w.input('has_mask_input', ['labels']);
  const first = w.node('Slice', [coords, w.whole([0]), w.whole([1]), w.whole([1])]);
  const squares = [0, 1].map((axis) => {
    const at = w.node('Mul', [w.node('Slice', [first, w.whole([axis]), w.whole([axis + 1]), w.whole([2])]), w.constant([0.25])]);
    const line = w.constant(
      Array.from({ length: 256 }, (_, i) => i + 0.5),
      axis === 0 ? [1, 1, 1, 256] : [1, 1, 256, 1],
    );
    const away = w.node('Sub', [line, w.node('Reshape', [at, w.whole([1, 1, 1, 1])])]);
    return w.node('Mul', [away, away]);
  });
  const light = w.node(
    'ReduceMean',
    [embed],
    [
      ['axes', [1, 2, 3]],
      ['keepdims', 1],
    ],
  );
  const inside = w.node('Sub', [w.node('Add', [w.constant([900], [1, 1, 1, 1]), light]), w.node('Add', squares)]);
  const masks = w.node('Concat', [inside, ...[500, 800].map((less) => w.node('Sub', [inside, w.constant([less])]))], [['axis', 1]]);
  w.output('masks', ['labels', 3, 256, 256], masks);
  w.output('iou_predictions', ['labels', 3], w.constant([0.9, 0.5, 0.1], [1, 3]));
  return w.model();
}

function lama(): Uint8Array {
  const w = new Writer();
  const [image, holes] = [w.input('image', anySize), w.input('mask', anyPlane)];
  const kept = w.node('Mul', [image, w.node('Sub', [w.constant([1]), holes])]);
  w.output('output', anySize, w.node('Add', [kept, w.node('Mul', [holes, w.constant([0.5])])]));
  return w.model();
}

function modnet(): Uint8Array {
  const w = new Writer();
  w.output('output', anyPlane, w.node('Sigmoid', [mean(w, w.input('input', anySize))]));
  return w.model();
}

function plateMatter(): Uint8Array {
  const w = new Writer();
  const difference = w.node('Abs', [w.node('Sub', [w.input('src', anySize), w.input('bgr', anySize)])]);
  w.output('pha', anyPlane, mean(w, difference));
  return w.model();
}

/** The face as it came; CodeFormer's darker by what it was told. */
function restorer(weighed: boolean): Uint8Array {
  const w = new Writer();
  const face = w.input('input', [1, 3, 512, 512]);
  const made = weighed ? w.node('Mul', [face, w.node('Cast', [w.input('weight', [1], DOUBLE)], [['to', FLOAT]])]) : w.node('Neg', [face]);
  w.output('output', [1, 3, 512, 512], made);
  return w.model();
}

/** One face, whatever the picture: in the middle of the square of 640, 192 pixels wide. */
function faceDetector(): Uint8Array {
  const w = new Writer();
  w.input('input', [1, 3, 640, 640]);
  const widths = { cls: 1, obj: 1, bbox: 4, kps: 10 };
  const size = Math.log(192 / 32);
  const spots = [-1, -1, 1, -1, 0, 0, -1, 1.5, 1, 1.5];
  const middle = { cls: [1], obj: [1], bbox: [0, 0, size, size], kps: spots };
  for (const kind of ['cls', 'obj', 'bbox', 'kps'] as const)
    for (const stride of [8, 16, 32]) {
      const cells = (640 / stride) ** 2;
      const shape = [1, cells, widths[kind]];
      const values = Array.from({ length: cells * widths[kind] }, (_, i) => (Math.floor(i / widths[kind]) === 210 ? middle[kind][i % widths[kind]]! : 0));
      w.output(`${kind}_${stride}`, shape, stride === 32 ? w.constant(values, shape) : w.node('ConstantOfShape', [w.whole(shape)]));
    }
  return w.model();
}

function rife(): Uint8Array {
  const w = new Writer();
  const [before, after, time] = [w.input('img0', anySize), w.input('img1', anySize), w.input('timestep', [1])];
  const rest = w.node('Mul', [before, w.node('Sub', [w.constant([1]), time])]);
  w.output('output', anySize, w.node('Add', [rest, w.node('Mul', [after, time])]));
  return w.model();
}

function midas(): Uint8Array {
  const w = new Writer();
  w.output(
    'depth',
    [1, 256, 256],
    w.node(
      'ReduceMean',
      [w.input('picture', [1, 3, 256, 256])],
      [
        ['axes', [1]],
        ['keepdims', 0],
      ],
    ),
  );
  return w.model();
}

/** The mean colour, spread over `width` numbers. */
function summary(width: number): Uint8Array {
  const w = new Writer();
  const colour = w.node('Flatten', [w.node('GlobalAveragePool', [w.input('picture', [1, 3, 224, 224])])]);
  const spread = Array.from({ length: 3 * width }, (_, i) => (Math.floor(i / width) === (i % width) % 3 ? 1 : 0));
  w.output('summary', [1, width], w.node('MatMul', [colour, w.constant(spread, [3, width])]));
  return w.model();
}

/** Sees one dog in the middle of whatever it is shown (class 16 of COCO, sure by 0.95). */
function detector(): Uint8Array {
  const w = new Writer();
  w.input('pixel_values', [1, 3, 640, 640]);
  const logits = Array.from({ length: 80 }, (_, label) => (label === 16 ? 3 : -10));
  w.output('logits', [1, 1, 80], w.node('Identity', [w.constant(logits, [1, 1, 80])]));
  w.output('pred_boxes', [1, 1, 4], w.node('Identity', [w.constant([0.5, 0.5, 0.5, 0.25], [1, 1, 4])]));
  return w.model();
}

const GRAPHS: Readonly<Record<OnnxRecipe, () => Uint8Array>> = {
  'sam2-encoder': samEncoder,
  'sam2-decoder': samDecoder,
  u2net: () => matter(320),
  isnet: () => matter(1024),
  birefnet: () => matter(1024),
  modnet,
  bgmv2: plateMatter,
  lama,
  'realesrgan-x2': () => enlarger(2),
  'realesrgan-x4': () => enlarger(4),
  'realesrgan-anime': () => enlarger(4),
  gfpgan: () => restorer(false),
  codeformer: () => restorer(true),
  'face-detector': faceDetector,
  rife,
  midas,
  openclip: () => summary(512),
  detector,
  nsfw: () => summary(2),
};

/** An ONNX file, a few kilobytes. */
export const tinyGraph = (recipe: OnnxRecipe): Uint8Array => GRAPHS[recipe]();
