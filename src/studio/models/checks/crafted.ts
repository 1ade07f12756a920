import { crc32, deflateRawSync } from 'node:zlib';

/** Files for the specs of this folder, made byte by byte: nothing hostile is kept in the repository, and nothing here is ever loaded. */

const u64 = (value: bigint | number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};

/** A safetensors file from a header as text, and so many bytes of data. */
export const safetensors = (header: string | object, dataBytes = 0, claimed?: bigint): Buffer => {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  return Buffer.concat([u64(claimed ?? text.length), text, Buffer.alloc(dataBytes)]);
};

/** One F32 tensor entry. */
export const f32 = (shape: number[], start: number): object => {
  const bytes = 4 * shape.reduce((product, side) => product * side, 1);
  return { dtype: 'F32', shape, data_offsets: [start, start + bytes] };
};

/** A pickle of protocol 2 from instructions; strings are taken as latin1. */
export const pickle = (...parts: (string | number)[]): Buffer =>
  Buffer.concat([Buffer.from([0x80, 2]), ...parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part, 'latin1')))]);

export interface Member {
  name: string;
  data: Buffer;
  deflate?: boolean;
  /** What the directory says instead of the truth. */
  lie?: { unpacked?: number; crc?: number; name?: string; mode?: number; flags?: number; method?: number };
}

/** A zip of these members, whose directory may lie. */
export function zip(members: readonly Member[], tail: Buffer = Buffer.alloc(0)): Buffer {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const { name, data, deflate = false, lie = {} } of members) {
    const packed = deflate ? deflateRawSync(data) : data;
    const method = lie.method ?? (deflate ? 8 : 0);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    local.writeUInt32LE(lie.crc ?? crc32(data), 14);
    local.writeUInt32LE(packed.length, 18);
    local.writeUInt32LE(data.length, 22);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    locals.push(local, Buffer.from(name), packed);
    const shown = lie.name ?? name;
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(lie.flags ?? 0, 8);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(lie.crc ?? crc32(data), 16);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(lie.unpacked ?? data.length, 24);
    entry.writeUInt16LE(Buffer.byteLength(shown), 28);
    entry.writeUInt32LE(((lie.mode ?? 0o100644) << 16) >>> 0, 38);
    entry.writeUInt32LE(offset, 42);
    entries.push(entry, Buffer.from(shown));
    offset += 30 + Buffer.byteLength(name) + packed.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end, tail]);
}

/** One member of a tar archive. */
export function tarMember(name: string, data: Buffer, kind = '0'): Buffer {
  const head = Buffer.alloc(512);
  head.write(name, 0, 'latin1');
  head.write(data.length.toString(8).padStart(11, '0'), 124, 'latin1');
  head.write(kind, 156, 'latin1');
  head.write('ustar\0', 257, 'latin1');
  return Buffer.concat([head, data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

const varint = (value: number | bigint): Buffer => {
  const bytes: number[] = [];
  for (let rest = BigInt(value); ; rest >>= 7n) {
    const low = Number(rest & 0x7fn);
    if (rest < 0x80n) return Buffer.from([...bytes, low]);
    bytes.push(low | 0x80);
  }
};
/** A protobuf field: a number as varint, or bytes with their length. */
export const field = (number: number, value: number | bigint | Buffer | string): Buffer =>
  typeof value === 'number' || typeof value === 'bigint'
    ? Buffer.concat([varint(number << 3), varint(value)])
    : Buffer.concat([varint((number << 3) | 2), varint(Buffer.byteLength(value)), Buffer.from(value)]);

/** TensorProto of floats: its shape, and how many bytes it really has. */
export const onnxTensor = (sides: (number | bigint)[], rawBytes: number, ...more: Buffer[]): Buffer =>
  Buffer.concat([...sides.map((side) => field(1, side)), field(2, 1), field(9, Buffer.alloc(rawBytes)), ...more]);

/** A model of one graph: Relu from x to y, plus whatever is to be wrong with it. */
export function onnx(
  wrong: { node?: Buffer; initialiser?: Buffer; graph?: Buffer; model?: Buffer; opset?: Buffer; ir?: number; empty?: boolean } = {},
): Buffer {
  const node = Buffer.concat([field(1, 'x'), field(2, 'y'), field(4, 'Relu'), wrong.node ?? Buffer.alloc(0)]);
  const graph = Buffer.concat([
    ...(wrong.empty ? [] : [field(1, node)]),
    ...(wrong.initialiser ? [field(5, wrong.initialiser)] : []),
    field(11, field(1, 'x')),
    field(12, field(1, 'y')),
    wrong.graph ?? Buffer.alloc(0),
  ]);
  return Buffer.concat([
    field(1, wrong.ir ?? 8),
    field(7, graph),
    field(8, wrong.opset ?? Buffer.concat([field(1, ''), field(2, 17)])),
    wrong.model ?? Buffer.alloc(0),
  ]);
}
