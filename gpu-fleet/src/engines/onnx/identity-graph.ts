/** The smallest ONNX graph: `y = Identity(x)`, one float32 of shape [1]. Opset 13, IR 8, as protobuf bytes. */
const nested = (field: number, ...parts: (readonly number[])[]): number[] => [field * 8 + 2, parts.flat().length, ...parts.flat()];
const text = (field: number, value: string): number[] => nested(field, [...Buffer.from(value)]);
const number = (field: number, value: number): number[] => [field * 8, value];

const floatOfOne = (name: string): number[] => [...text(1, name), ...nested(2, nested(1, number(1, 1), nested(2, nested(1, number(1, 1)))))];
const node = [...text(1, 'x'), ...text(2, 'y'), ...text(4, 'Identity')];

export const IDENTITY_GRAPH = Uint8Array.from([
  ...number(1, 8),
  ...nested(7, nested(1, node), text(2, 'identity'), nested(11, floatOfOne('x')), nested(12, floatOfOne('y'))),
  ...nested(8, number(2, 13)),
]);
