import type { FileBytes } from './file-bytes.js';
import { Refusal } from './refusal.js';

export interface OnnxFacts {
  opset: number;
  nodes: number;
  inputs: string[];
  outputs: string[];
}

const NODES_MAX = 200_000;
const FIELDS_MAX = 4_000_000;
const DEPTH_MAX = 12;
const SMALL_MAX = 4096;
/** Inputs, or outputs, of a graph. */
const NAMED_MAX = 1000;
/** ai.onnx operator sets there are. */
const OPSET_MAX = 30;
/** Operators that load code or files, or belong to no domain the runtime ships. */
const DOMAINS = new Set(['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft', 'com.microsoft.nchwc']);
/** Bytes of one element by TensorProto.DataType. */
const WIDTHS: Readonly<Record<number, number>> = {
  1: 4,
  2: 1,
  3: 1,
  4: 2,
  5: 2,
  6: 4,
  7: 8,
  9: 1,
  10: 2,
  11: 8,
  12: 4,
  13: 8,
  14: 8,
  15: 16,
  16: 2,
  17: 1,
  18: 1,
  19: 1,
  20: 1,
};

const bad = (code: string, reason: string): Refusal => new Refusal(code, reason, 'Export the model again, with all weights inside the file.');

interface Field {
  number: number;
  wire: number;
  value: bigint;
  at: number;
  end: number;
}

/** Walks an ONNX file's protobuf with bounds of our own: every byte belongs to a field, no tensor lies outside or claims more than it has. */
export async function readOnnx(file: FileBytes): Promise<OnnxFacts> {
  const walk = new Walk(file);
  const facts: OnnxFacts = { opset: 0, nodes: 0, inputs: [], outputs: [] };
  let graphs = 0;
  let irVersion = 0n;
  for await (const field of walk.fields(0, file.size)) {
    if (field.number === 1 && field.wire === 0) irVersion = field.value;
    else if (field.number === 7 && field.wire === 2) {
      graphs++;
      await graph(walk, field, facts, 1);
    } else if (field.number === 8 && field.wire === 2) facts.opset = Math.max(facts.opset, await opset(walk, field));
    else if (field.number === 25) throw bad('onnx_functions', 'The model brings functions of its own, which are not read here.');
    else if (![2, 3, 4, 5, 6, 14, 20, 26].includes(field.number))
      throw bad('onnx_trailing_data', `Field ${field.number} is no part of an ONNX model; other data may be hidden there.`);
  }
  if (graphs !== 1 || irVersion < 3n || irVersion > 20n) throw bad('onnx_malformed', 'The file is no ONNX model with one graph and a known version.');
  if (facts.opset < 1 || facts.opset > OPSET_MAX) throw bad('onnx_opset', `The model asks for operator set ${facts.opset}; 1 to ${OPSET_MAX} are known.`);
  if (facts.nodes === 0 || facts.outputs.length === 0) throw bad('onnx_empty', 'The graph of the model computes nothing.');
  return facts;
}

async function graph(walk: Walk, at: Field, facts: OnnxFacts, depth: number): Promise<void> {
  if (depth > DEPTH_MAX) throw bad('onnx_depth', 'The graphs of the model are nested too deeply.');
  for await (const field of walk.fields(at.at, at.end)) {
    if (field.wire !== 2) continue;
    if (field.number === 1) await node(walk, field, facts, depth);
    else if (field.number === 5) await tensor(walk, field);
    else if (field.number === 15) throw bad('onnx_sparse', 'The model has sparse tensors, which are not read here.');
    else if (depth === 1 && (field.number === 11 || field.number === 12)) {
      const names = field.number === 11 ? facts.inputs : facts.outputs;
      if (names.length === NAMED_MAX) throw bad('onnx_too_many_names', `The graph has more than ${NAMED_MAX} inputs or outputs.`);
      names.push(await named(walk, field));
    }
  }
}

async function node(walk: Walk, at: Field, facts: OnnxFacts, depth: number): Promise<void> {
  if (++facts.nodes > NODES_MAX) throw bad('onnx_too_many_nodes', `The graph has more than ${NODES_MAX} nodes.`);
  let operator = '';
  for await (const field of walk.fields(at.at, at.end)) {
    if (field.number === 4) operator = await walk.text(field);
    if (field.number === 7) {
      const domain = await walk.text(field);
      if (!DOMAINS.has(domain)) throw bad('onnx_domain', `The model needs operators of ${JSON.stringify(domain.slice(0, 80))}, which are code from elsewhere.`);
    }
    if (field.number === 5 && field.wire === 2) await attribute(walk, field, facts, depth);
  }
  if (/^(PyOp|PythonOp|ATen)$/.test(operator)) throw bad('onnx_domain', `The operator ${operator} runs code from outside the model.`);
}

async function attribute(walk: Walk, at: Field, facts: OnnxFacts, depth: number): Promise<void> {
  for await (const field of walk.fields(at.at, at.end)) {
    if (field.wire !== 2) continue;
    if (field.number === 5 || field.number === 10) await tensor(walk, field);
    if (field.number === 6 || field.number === 11) await graph(walk, field, facts, depth + 1);
  }
}

async function tensor(walk: Walk, at: Field): Promise<void> {
  let elements = 1n;
  let type = 0;
  let raw: number | undefined;
  for await (const field of walk.fields(at.at, at.end)) {
    if (field.number === 13 || (field.number === 14 && field.value === 1n && field.wire === 0))
      throw bad('onnx_external_data', 'The model keeps its weights in another file, by a path of its own choosing.');
    if (field.number === 1) for (const side of await walk.varints(field)) elements = checkedSide(elements * checkedSide(side));
    if (field.number === 2 && field.wire === 0) type = Number(field.value);
    if (field.number === 9 && field.wire === 2) raw = field.end - field.at;
  }
  const width = WIDTHS[type];
  if (raw !== undefined && width !== undefined && elements * BigInt(width) !== BigInt(raw))
    throw bad('onnx_shape_lies', `A tensor of the model claims ${elements * BigInt(width)} bytes by its shape and has ${raw}.`);
  if (type === 0) throw bad('onnx_malformed', 'A tensor of the model has no type.');
}

function checkedSide(side: bigint): bigint {
  if (side > 2n ** 40n) throw bad('onnx_shape_lies', 'A tensor of the model is larger than any file.');
  return side;
}

async function named(walk: Walk, at: Field): Promise<string> {
  for await (const field of walk.fields(at.at, at.end)) if (field.number === 1 && field.wire === 2) return walk.text(field);
  return '';
}

async function opset(walk: Walk, at: Field): Promise<number> {
  let domain = '';
  let version = 0;
  for await (const field of walk.fields(at.at, at.end)) {
    if (field.number === 1) domain = await walk.text(field);
    if (field.number === 2 && field.wire === 0) version = Number(field.value);
  }
  if (!DOMAINS.has(domain)) throw bad('onnx_domain', `The model needs operators of ${JSON.stringify(domain.slice(0, 80))}, which are code from elsewhere.`);
  return domain === '' || domain === 'ai.onnx' ? version : 0;
}

/** Reads fields without reading what they hold: a window of the file is kept, large tensors are stepped over. */
class Walk {
  private window: Buffer = Buffer.alloc(0);
  private windowAt = 0;
  private count = 0;
  constructor(private readonly file: FileBytes) {}

  async *fields(start: number, end: number): AsyncGenerator<Field> {
    let at = start;
    while (at < end) {
      if (++this.count > FIELDS_MAX) throw bad('onnx_too_many_fields', 'The file has too many fields to be a model.');
      const key = await this.varint(at, end);
      const field: Field = { number: Number(key.value >> 3n), wire: Number(key.value & 7n), value: 0n, at: key.end, end: key.end };
      if (field.number < 1 || field.number > 536_870_911) throw bad('onnx_malformed', 'The file is no protobuf.');
      if (field.wire === 0) {
        const { value, end: after } = await this.varint(key.end, end);
        Object.assign(field, { value, end: after });
      } else if (field.wire === 2) {
        const { value, end: after } = await this.varint(key.end, end);
        if (value > BigInt(end - after)) throw bad('onnx_cut_off', 'A part of the model is longer than what holds it.');
        Object.assign(field, { at: after, end: after + Number(value) });
      } else if (field.wire === 1 || field.wire === 5) field.end = key.end + (field.wire === 1 ? 8 : 4);
      else throw bad('onnx_malformed', 'The file is no protobuf.');
      if (field.end > end) throw bad('onnx_cut_off', 'A part of the model is longer than what holds it.');
      yield field;
      at = field.end;
    }
  }

  async text(field: Field): Promise<string> {
    if (field.wire !== 2 || field.end - field.at > SMALL_MAX) throw bad('onnx_malformed', 'A name in the model is no text, or too long.');
    return (await this.bytes(field.at, field.end - field.at)).toString('utf8');
  }

  /** Packed or single. */
  async varints(field: Field): Promise<bigint[]> {
    if (field.wire === 0) return [field.value];
    if (field.wire !== 2 || field.end - field.at > SMALL_MAX) throw bad('onnx_malformed', 'A shape in the model is no list of numbers.');
    const found: bigint[] = [];
    for (let at = field.at; at < field.end;) {
      const { value, end } = await this.varint(at, field.end);
      found.push(value);
      at = end;
    }
    return found;
  }

  private async varint(at: number, limit: number): Promise<{ value: bigint; end: number }> {
    const data = await this.bytes(at, Math.min(10, limit - at));
    let value = 0n;
    for (let i = 0; i < data.length; i++) {
      value |= BigInt(data[i]! & 0x7f) << BigInt(7 * i);
      if (data[i]! < 0x80) return { value: BigInt.asUintN(64, value), end: at + i + 1 };
    }
    throw bad('onnx_malformed', 'The file is no protobuf.');
  }

  private async bytes(at: number, length: number): Promise<Buffer> {
    if (at < this.windowAt || at + length > this.windowAt + this.window.length) {
      this.windowAt = at;
      this.window = await this.file.read(at, Math.max(length, Math.min(65_536, this.file.size - at)));
    }
    return this.window.subarray(at - this.windowAt, at - this.windowAt + length);
  }
}
