import { ALLOWED_GLOBALS, ALLOWED_OPCODES, OPCODES, type Argument } from './pickle-opcodes.js';
import { Refusal } from './refusal.js';

const OPERATIONS_MAX = 5_000_000;
const STREAMS_MAX = 64;
const LINE_MAX = 4096;
const CURE = 'Delete it, and get the model from its publisher as safetensors.';

const dangerous = (code: string, reason: string): Refusal => new Refusal(code, reason, CURE);

/**
 * Walks the opcodes of a pickle without doing what they say. Throws a Refusal for whatever is outside the allowlist; returns where the stream ends.
 * @param start of the stream in `data`
 */
export function walkPickle(data: Buffer, start = 0): number {
  let at = start;
  let memoized = 0;
  const memo = new Set<number>();
  let depth = 0;
  for (let count = 0; count < OPERATIONS_MAX; count++) {
    if (at >= data.length) throw dangerous('pickle_cut_off', 'The pickle ends in the middle of its instructions.');
    const opcode = OPCODES.get(data[at]!);
    if (!opcode) throw dangerous('pickle_opcode', `Byte ${at} of the pickle is no instruction (0x${data[at]!.toString(16)}).`);
    const { value, end } = readArgument(data, at + 1, opcode.argument);
    // What is named comes first in the refusal: it says most about what the file wants.
    if (opcode.name === 'GLOBAL' || opcode.name === 'INST') checkGlobal(value as string);
    if (!ALLOWED_OPCODES.has(opcode.name)) throw dangerous('pickle_opcode', `The pickle uses ${opcode.name}, which no file of plain weights needs.`);
    if (opcode.name === 'PROTO') checkProto(value as number, at, start);
    if (opcode.name === 'BINPUT' || opcode.name === 'LONG_BINPUT') memo.add(value as number);
    if (opcode.name === 'MEMOIZE') memo.add(memoized++);
    if ((opcode.name === 'BINGET' || opcode.name === 'LONG_BINGET') && !memo.has(value as number))
      throw dangerous('pickle_memo', `The pickle asks for the remembered value ${value as number}, which it never stored.`);
    depth += DEPTH[opcode.name] ?? 0;
    if (depth < 0) throw dangerous('pickle_stack', 'The pickle takes more from its stack than it put there.');
    at = end;
    if (opcode.name === 'STOP') return at;
  }
  throw dangerous('pickle_too_long', `The pickle has more than ${OPERATIONS_MAX} instructions.`);
}

/** Every pickle of several that lie one behind the other, as old files of PyTorch have them. Returns where the last one ends. */
export function walkPickles(data: Buffer): { streams: number; end: number } {
  let at = 0;
  let streams = 0;
  while (at < data.length && streams < STREAMS_MAX && (streams === 0 || beginsPickle(data, at))) {
    at = walkPickle(data, at);
    streams++;
  }
  return { streams, end: at };
}

/** PROTO with a protocol there is. */
export const beginsPickle = (data: Buffer, at = 0): boolean => data[at] === 0x80 && data[at + 1]! >= 2 && data[at + 1]! <= 5;

/** Whether bytes without a PROTO are a pickle of protocol 0 or 1: they begin with an instruction of it and walk, or are refused, as one. */
export function looksLikeOldPickle(data: Buffer): boolean {
  if (data.length < 3 || !OPCODES.has(data[0]!)) return false;
  return (
    /^(c[\w.]+\n[\w.]+\n|\(|\]|\}|i[\w.]+\n[\w.]+\n|[IFLSV][^\n]*\n|P[^\n]*\n|[KMJXUTGN)\x8c])/s.test(data.subarray(0, 256).toString('latin1')) &&
    endsAsPickle(data)
  );
}

function endsAsPickle(data: Buffer): boolean {
  let at = 0;
  for (let count = 0; count < 100_000 && at < data.length; count++) {
    const opcode = OPCODES.get(data[at]!);
    if (!opcode) return false;
    try {
      at = readArgument(data, at + 1, opcode.argument).end;
    } catch {
      return false;
    }
    if (opcode.name === 'STOP') return true;
  }
  return false;
}

/** What an instruction adds to the stack at least; only the sure losses count, so that no honest file is refused. */
const DEPTH: Readonly<Record<string, number>> = {
  BININT: 1,
  BININT1: 1,
  BININT2: 1,
  BINFLOAT: 1,
  NONE: 1,
  BINUNICODE: 1,
  SHORT_BINSTRING: 1,
  GLOBAL: 1,
  EMPTY_DICT: 1,
  EMPTY_LIST: 1,
  EMPTY_TUPLE: 1,
  EMPTY_SET: 1,
  NEWTRUE: 1,
  NEWFALSE: 1,
  LONG1: 1,
  BINGET: 1,
  LONG_BINGET: 1,
  MARK: 1,
  DUP: 1,
  TUPLE2: -1,
  TUPLE3: -2,
  REDUCE: -1,
  NEWOBJ: -1,
  BUILD: -1,
  APPEND: -1,
  SETITEM: -2,
  POP: -1,
  STOP: -1,
};

function checkGlobal(name: string): void {
  if (!ALLOWED_GLOBALS.has(name))
    throw dangerous(
      'pickle_global',
      `The pickle wants to use ${JSON.stringify(name.slice(0, 120))}, which is not on the list of what weights need; loading it could run anything.`,
    );
}

function checkProto(version: number, at: number, start: number): void {
  if (at !== start) throw dangerous('pickle_proto', 'The pickle declares its protocol a second time.');
  if (version > 5) throw dangerous('pickle_proto', `The pickle declares protocol ${version}; there are 0 to 5.`);
}

function readArgument(data: Buffer, at: number, kind: Argument): { value: number | string | null; end: number } {
  const need = (length: number): void => {
    if (at + length > data.length) throw dangerous('pickle_cut_off', 'The pickle ends in the middle of an instruction.');
  };
  const sized = (width: number, length: () => number): { value: null; end: number } => {
    need(width);
    const bytes = length();
    if (!Number.isSafeInteger(bytes) || at + width + bytes > data.length) throw dangerous('pickle_cut_off', 'The pickle announces more data than it has.');
    return { value: null, end: at + width + bytes };
  };
  const whole = (width: number, value: () => number): { value: number; end: number } => {
    need(width);
    return { value: value(), end: at + width };
  };
  switch (kind) {
    case 'none':
      return { value: null, end: at };
    case 'line':
      return line(data, at);
    case 'twoLines': {
      const module = line(data, at);
      const name = line(data, module.end);
      return { value: `${module.value}.${name.value}`, end: name.end };
    }
    case 'u1':
      return whole(1, () => data.readUInt8(at));
    case 'u2':
      return whole(2, () => data.readUInt16LE(at));
    case 'i4':
      return whole(4, () => data.readInt32LE(at));
    case 'u4':
      return whole(4, () => data.readUInt32LE(at));
    case 'u8':
    case 'f8':
      return whole(8, () => 0);
    case 'data1':
      return sized(1, () => data.readUInt8(at));
    case 'data4':
      return sized(4, () => data.readUInt32LE(at));
    case 'data8':
      return sized(8, () => Number(data.readBigUInt64LE(at)));
  }
}

function line(data: Buffer, at: number): { value: string; end: number } {
  const end = data.subarray(at, at + LINE_MAX).indexOf(0x0a);
  if (end < 0) throw dangerous('pickle_cut_off', 'A line of the pickle does not end.');
  return { value: data.toString('latin1', at, at + end), end: at + end + 1 };
}
