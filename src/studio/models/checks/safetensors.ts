import type { FileBytes } from './file-bytes.js';
import { Refusal } from './refusal.js';
import { parseStrict, type StrictJson } from './strict-json.js';

export interface TensorFact {
  dtype: string;
  shape: number[];
}
export interface SafetensorsFacts {
  tensors: Map<string, TensorFact>;
  metadata: Map<string, string>;
}

const HEADER_MAX = 10 * 1024 * 1024;
const TENSORS_MAX = 200_000;
const DIMENSIONS_MAX = 8;
const NAME_MAX = 512;
/** Printable, and without what would break out of a path, a page or a log. */
const NAME = /^[\w./:\-+()[\]|*,#@ ]+$/;
const U64_MAX = 2n ** 64n - 1n;

/** Bytes of one element. */
const DTYPES: Readonly<Record<string, bigint>> = {
  BOOL: 1n,
  U8: 1n,
  I8: 1n,
  F8_E5M2: 1n,
  F8_E4M3: 1n,
  I16: 2n,
  U16: 2n,
  F16: 2n,
  BF16: 2n,
  I32: 4n,
  U32: 4n,
  F32: 4n,
  F64: 8n,
  I64: 8n,
  U64: 8n,
};

/**
 * Reads the header by the rules of the format and ours on top: the tensors lie end to end from byte 0 of the data to the end of the file, so
 * that nothing can hide between, behind or under them.
 */
export async function readSafetensors(file: FileBytes): Promise<SafetensorsFacts> {
  if (file.size < 8) throw new Refusal('cut_off', `A safetensors file has at least 8 bytes; this one has ${file.size}.`);
  const length = (await file.read(0, 8)).readBigUInt64LE(0);
  if (length > BigInt(HEADER_MAX)) throw new Refusal('header_too_large', `The header claims ${length} bytes; at most ${HEADER_MAX} are read.`);
  if (length + 8n > BigInt(file.size)) throw new Refusal('cut_off', `The header claims ${length} bytes, but the file has only ${file.size}.`);
  const raw = await file.read(8, Number(length));
  if (raw[0] !== 0x7b) throw new Refusal('header_json', 'The header does not begin with {.');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(raw);
  } catch {
    throw new Refusal('header_json', 'The header is not UTF-8.');
  }
  const header = parseStrict(text);
  if (!(header instanceof Map)) throw new Refusal('header_json', 'The header is no object.');
  const metadata = metadataOf(header.get('__metadata__'));
  header.delete('__metadata__');
  if (header.size === 0) throw new Refusal('no_tensors', 'The file holds no tensors.');
  if (header.size > TENSORS_MAX) throw new Refusal('too_many_tensors', `The header names ${header.size} tensors; at most ${TENSORS_MAX} are read.`);
  const spans = [...header].map(([name, value]) => tensorOf(name, value));
  checkLayout(spans, BigInt(file.size) - 8n - length);
  return { tensors: new Map(spans.map(({ name, dtype, shape }) => [name, { dtype, shape }])), metadata };
}

interface Span extends TensorFact {
  name: string;
  start: bigint;
  end: bigint;
}

function tensorOf(name: string, value: StrictJson): Span {
  const shown = JSON.stringify(name.slice(0, 80));
  if (name.length === 0 || name.length > NAME_MAX || !NAME.test(name))
    throw new Refusal('tensor_name', `The tensor name ${shown} has characters that no framework writes, or is too long.`);
  if (!(value instanceof Map)) throw new Refusal('tensor_fields', `The tensor ${shown} is not described by an object.`);
  for (const field of value.keys())
    if (!['dtype', 'shape', 'data_offsets'].includes(field))
      throw new Refusal('tensor_fields', `The tensor ${shown} has the unknown field ${JSON.stringify(field.slice(0, 40))}.`);
  const dtype = value.get('dtype');
  const width = typeof dtype === 'string' && Object.hasOwn(DTYPES, dtype) ? DTYPES[dtype] : undefined;
  if (width === undefined)
    throw new Refusal(
      'dtype',
      `The tensor ${shown} is of the unknown type ${typeof dtype === 'string' ? JSON.stringify(dtype.slice(0, 40)) : 'that is no text'}.`,
    );
  const shape = value.get('shape');
  if (!Array.isArray(shape) || !shape.every(natural)) throw new Refusal('shape', `The shape of ${shown} is no list of whole numbers.`);
  if (shape.length > DIMENSIONS_MAX) throw new Refusal('shape', `The tensor ${shown} has ${shape.length} dimensions; at most ${DIMENSIONS_MAX} are read.`);
  const offsets = value.get('data_offsets');
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(natural))
    throw new Refusal('offsets', `The offsets of ${shown} are not two whole numbers.`);
  const [start, end] = offsets as [bigint, bigint];
  if (end < start) throw new Refusal('offsets', `The tensor ${shown} ends before it begins.`);
  let bytes = width;
  for (const side of shape as bigint[]) {
    bytes *= side;
    if (bytes > U64_MAX) throw new Refusal('overflow', `The shape of ${shown} is larger than any file.`);
  }
  if (bytes !== end - start) throw new Refusal('shape_lies', `The tensor ${shown} claims ${bytes} bytes by its shape and ${end - start} by its offsets.`);
  return { name, dtype: dtype as string, shape: (shape as bigint[]).map(Number), start, end };
}

const natural = (value: StrictJson): value is bigint => typeof value === 'bigint' && value >= 0n && value <= U64_MAX;

function checkLayout(spans: readonly Span[], dataBytes: bigint): void {
  const sorted = spans.toSorted((a, b) => (a.start !== b.start ? (a.start < b.start ? -1 : 1) : a.end < b.end ? -1 : a.end > b.end ? 1 : 0));
  let expected = 0n;
  for (const { name, start, end } of sorted) {
    if (start < expected) throw new Refusal('overlap', `The tensor ${JSON.stringify(name.slice(0, 80))} lies over the one before it.`);
    if (start > expected)
      throw new Refusal('hole', `Before the tensor ${JSON.stringify(name.slice(0, 80))} lie ${start - expected} bytes that no tensor owns.`);
    expected = end;
  }
  if (expected < dataBytes)
    throw new Refusal('trailing_data', `Behind the last tensor lie ${dataBytes - expected} bytes that no tensor owns; another file may be hidden there.`);
  if (expected > dataBytes) throw new Refusal('cut_off', `The tensors need ${expected} bytes, but the file holds ${dataBytes} of them.`);
}

function metadataOf(value: StrictJson | undefined): Map<string, string> {
  if (value === undefined) return new Map();
  if (!(value instanceof Map) || ![...value.values()].every((text) => typeof text === 'string'))
    throw new Refusal('metadata', 'The __metadata__ of the header must map texts to texts.');
  return value as Map<string, string>;
}
