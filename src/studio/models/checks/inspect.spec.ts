import { describe, expect, it } from 'vitest';
import { f32, field, onnx, onnxTensor, pickle, safetensors, tarMember, zip } from './crafted.js';
import { bytesOf } from './file-bytes.js';
import { inspect } from './inspect.js';
import { OPCODES, ALLOWED_OPCODES } from './pickle-opcodes.js';
import { Refusal } from './refusal.js';

/** The code of the refusal, or `accepted`. */
async function verdict(file: Buffer): Promise<string> {
  try {
    await inspect(bytesOf(file));
    return 'accepted';
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    expect(error.reason).not.toBe('');
    expect(error.cure).not.toBe('');
    return error.code;
  }
}

const global = (module: string, name: string): string => `c${module}\n${name}\n`;
const STOP = '.';
const wide = (count: number): object => Object.fromEntries(Array.from({ length: count }, (_, i) => [`t.${i}`, f32([1], i * 4)]));

describe('a file of plain weights passes', () => {
  const good: [string, Buffer][] = [
    ['one tensor', safetensors({ a: f32([2, 3], 0) }, 24)],
    ['two tensors that lie end to end', safetensors({ a: f32([2], 0), b: f32([3], 8) }, 20)],
    ['tensors named out of order', safetensors({ b: f32([3], 8), a: f32([2], 0) }, 20)],
    ['metadata of texts', safetensors({ __metadata__: { format: 'pt', 'modelspec.title': 'é' }, a: f32([1], 0) }, 4)],
    ['a scalar', safetensors({ a: f32([], 0) }, 4)],
    ['an empty tensor beside a full one', safetensors({ e: { dtype: 'F32', shape: [0], data_offsets: [0, 0] }, a: f32([1], 0) }, 4)],
    ['halves and bytes', safetensors({ h: { dtype: 'F16', shape: [2], data_offsets: [0, 4] }, b: { dtype: 'U8', shape: [3], data_offsets: [4, 7] } }, 7)],
    ['a header padded with spaces', safetensors(`${JSON.stringify({ a: f32([1], 0) })}     `, 4)],
    ['ten thousand tensors', safetensors(wide(10_000), 40_000)],
    ['an ONNX graph', onnx()],
    ['an ONNX graph with weights inside', onnx({ initialiser: onnxTensor([2, 3], 24) })],
    ['an ONNX graph with operators of the runtime', onnx({ node: field(7, 'com.microsoft') })],
  ];
  it.each(good)('%s', async (_, file) => {
    expect(await verdict(file)).toBe('accepted');
  });
});

describe('safetensors that lie are refused', () => {
  const one = { a: f32([1], 0) };
  const bad: [string, Buffer, string][] = [
    ['a header longer than the file', safetensors(one, 4, 5000n), 'cut_off'],
    ['a header of 100 MB', Buffer.concat([safetensors(one, 4, 100_000_000n), Buffer.alloc(1000)]), 'header_too_large'],
    ['a header of 2^63 bytes', safetensors(one, 4, 2n ** 63n), 'header_too_large'],
    ['a hole before a tensor', safetensors({ a: f32([1], 4) }, 8), 'hole'],
    ['bytes behind the last tensor', safetensors(one, 5), 'trailing_data'],
    ['a zip behind the last tensor', Buffer.concat([safetensors(one, 4), zip([{ name: 'x', data: Buffer.from('x') }])]), 'trailing_data'],
    ['data that are cut off', safetensors(one, 3), 'cut_off'],
    ['two tensors over each other', safetensors({ a: f32([2], 0), b: f32([2], 4) }, 12), 'overlap'],
    ['two tensors in one place', safetensors({ a: f32([1], 0), b: f32([1], 0) }, 4), 'overlap'],
    ['a shape that is larger than its bytes', safetensors({ a: { dtype: 'F32', shape: [1000], data_offsets: [0, 4] } }, 4), 'shape_lies'],
    [
      'a hundred thousand tensors that claim one another’s bytes',
      safetensors(Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`t${i}`, f32([1], 0)])), 4),
      'overlap',
    ],
    ['a shape whose product overflows', safetensors(`{"a":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,4]}}`, 4), 'overflow'],
    ['offsets that run backwards', safetensors({ a: { dtype: 'F32', shape: [1], data_offsets: [4, 0] } }, 4), 'offsets'],
    ['one offset', safetensors({ a: { dtype: 'F32', shape: [1], data_offsets: [0] } }, 4), 'offsets'],
    ['a negative side', safetensors({ a: { dtype: 'F32', shape: [-1], data_offsets: [0, 4] } }, 4), 'shape'],
    ['half a side', safetensors(`{"a":{"dtype":"F32","shape":[0.5],"data_offsets":[0,2]}}`, 2), ''],
    ['nine dimensions', safetensors({ a: f32([1, 1, 1, 1, 1, 1, 1, 1, 1], 0) }, 4), 'shape'],
    ['an unknown type', safetensors({ a: { dtype: 'OBJECT', shape: [1], data_offsets: [0, 4] } }, 4), 'dtype'],
    ['a type named like a method of objects', safetensors({ a: { dtype: 'constructor', shape: [1], data_offsets: [0, 4] } }, 4), 'dtype'],
    ['a field that the format does not have', safetensors({ a: { ...f32([1], 0), code: 'x' } }, 4), 'tensor_fields'],
    ['a tensor that is a text', safetensors({ a: 'x' }, 0), 'tensor_fields'],
    ['a name with a NUL', safetensors(`{"a\\u0000b":${JSON.stringify(f32([1], 0))}}`, 4), 'tensor_name'],
    ['a name with a tag', safetensors({ '<img onerror=x>': f32([1], 0) }, 4), 'tensor_name'],
    ['an empty name', safetensors({ '': f32([1], 0) }, 4), 'tensor_name'],
    ['a name of a thousand letters', safetensors({ ['a'.repeat(1000)]: f32([1], 0) }, 4), 'tensor_name'],
    ['metadata that are no texts', safetensors({ __metadata__: { n: 1 }, ...one }, 4), 'metadata'],
    ['one name twice', safetensors(`{"a":${JSON.stringify(f32([1], 0))},"a":${JSON.stringify(f32([1], 0))}}`, 4), ''],
    ['no tensors', safetensors({ __metadata__: {} }), 'no_tensors'],
    ['a header that is no JSON', safetensors('{"a":', 4), ''],
    ['text behind the header’s object', safetensors(`${JSON.stringify(one)}x`, 4), ''],
    ['a header that is not UTF-8', Buffer.concat([safetensors('', 0, 4n), Buffer.from([0x7b, 0xff, 0xfe, 0x7d])]), 'header_json'],
    ['a header nested a thousand deep', safetensors(`{"a":${'['.repeat(1000)}${']'.repeat(1000)}}`, 0), ''],
  ];
  it.each(bad)('%s', async (_, file, code) => {
    const found = await verdict(file);
    if (code === '') expect(found).not.toBe('accepted');
    else expect(found).toBe(code);
  });
});

describe('pickles are refused, whatever they are called, and say what they wanted', () => {
  const bad: [string, Buffer, string][] = [
    ['a call of the system', pickle(global('os', 'system'), '(U\x02idtR', STOP), 'pickle_global'],
    ['the same by its other name', pickle(global('posix', 'system'), STOP), 'pickle_global'],
    ['eval', pickle(global('builtins', 'eval'), STOP), 'pickle_global'],
    ['exec of the old spelling', pickle(global('__builtin__', 'exec'), STOP), 'pickle_global'],
    ['getattr', pickle(global('builtins', 'getattr'), STOP), 'pickle_global'],
    ['a resolver of names, which walks around lists of forbidden ones', pickle(global('pkgutil', 'resolve_name'), STOP), 'pickle_global'],
    ['an importer', pickle(global('importlib', 'import_module'), STOP), 'pickle_global'],
    ['marshalled code', pickle(global('marshal', 'loads'), STOP), 'pickle_global'],
    ['a process', pickle(global('subprocess', 'Popen'), STOP), 'pickle_global'],
    ['a page of the web', pickle(global('webbrowser', 'open'), STOP), 'pickle_global'],
    ['a name on the list with a path behind it', pickle(global('collections', 'OrderedDict.__init__.__globals__'), STOP), 'pickle_global'],
    ['a second stream behind a harmless one', Buffer.concat([pickle('}', STOP), pickle(global('os', 'system'), STOP)]), 'pickle_global'],
    ['INST', pickle('(ios\nsystem\n', STOP), 'pickle_global'],
    ['a memory that was never stored', pickle('h\x07', STOP), 'pickle_memo'],
    ['more taken from the stack than there is', pickle('0', STOP), 'pickle_stack'],
    ['no end', pickle('}'), 'pickle_cut_off'],
    ['a byte that is no instruction', pickle(0xff, STOP), 'pickle_opcode'],
    ['its protocol declared twice', pickle(0x80, 2, '}', STOP), 'pickle_proto'],
    ['data longer than the file', pickle('T\xff\xff\xff\x7f', STOP), 'pickle_cut_off'],
    ['nothing but plain values', pickle('}', STOP), 'pickle_format'],
    ['protocol 0, without a mark', Buffer.from("cos\nsystem\n(S'id'\ntR.", 'latin1'), 'pickle_global'],
  ];
  it.each(bad)('%s', async (_, file, code) => {
    expect(await verdict(file)).toBe(code);
  });

  const ARGUMENTS: Readonly<Record<string, string>> = {
    none: '',
    line: '1\n',
    twoLines: 'collections\nOrderedDict\n',
    u1: '\x01',
    u2: '\x01\0',
    i4: '\x01\0\0\0',
    u4: '\x01\0\0\0',
    u8: '\0'.repeat(8),
    f8: '\0'.repeat(8),
    data1: '\0',
    data4: '\0'.repeat(4),
    data8: '\0'.repeat(8),
  };
  it.each([...OPCODES.entries()].filter(([, { name }]) => !ALLOWED_OPCODES.has(name)).map(([byte, opcode]) => [opcode.name, byte, opcode.argument] as const))(
    'the instruction %s, which weights do not need',
    async (_, byte, argument) => {
      expect(await verdict(pickle(byte, ARGUMENTS[argument]!, STOP))).toBe('pickle_opcode');
    },
  );

  it('and every instruction there is was judged: 68', () => {
    expect(OPCODES.size).toBe(68);
    expect(['STACK_GLOBAL', 'INST', 'OBJ', 'EXT1', 'EXT2', 'EXT4', 'NEWOBJ_EX'].filter((name) => ALLOWED_OPCODES.has(name))).toEqual([]);
  });
});

describe('archives and strangers are refused', () => {
  const evil = pickle(global('os', 'system'), STOP);
  const text = Buffer.from('x');
  const bad: [string, Buffer, string][] = [
    [
      'a checkpoint whose pickle calls the system',
      zip([
        { name: 'archive/data.pkl', data: evil },
        { name: 'archive/data/0', data: Buffer.alloc(16) },
      ]),
      'pickle_global',
    ],
    ['the same, deflated', zip([{ name: 'archive/data.pkl', data: evil, deflate: true }]), 'pickle_global'],
    ['a pickle under another name', zip([{ name: 'archive/readme.txt', data: evil }]), 'pickle_global'],
    ['a checkpoint of plain values', zip([{ name: 'archive/data.pkl', data: pickle('}', STOP) }]), 'pickle_format'],
    ['an archive of texts', zip([{ name: 'a.txt', data: text }]), 'archive'],
    ['a bomb', zip([{ name: 'data.pkl', data: Buffer.alloc(20_000_000), deflate: true }]), 'zip_bomb'],
    ['a member that unpacks to more than it claims', zip([{ name: 'data.pkl', data: Buffer.alloc(5000), deflate: true, lie: { unpacked: 10 } }]), 'zip_bomb'],
    ['a member outside its folder', zip([{ name: '../../etc/passwd', data: text }]), 'zip_slip'],
    ['an absolute member', zip([{ name: '/etc/passwd', data: text }]), 'zip_slip'],
    ['a member with backslashes', zip([{ name: '..\\x', data: text }]), 'zip_slip'],
    ['a link', zip([{ name: 'x', data: text, lie: { mode: 0o120777 } }]), 'zip_symlink'],
    ['a wrong checksum', zip([{ name: 'x', data: text, lie: { crc: 1 } }]), 'zip_crc'],
    ['a directory and a header that disagree', zip([{ name: 'safe.txt', data: text, lie: { name: 'evil.pkl' } }]), 'zip_mismatch'],
    [
      'one name twice',
      zip([
        { name: 'x', data: text },
        { name: 'x', data: text },
      ]),
      'zip_duplicate',
    ],
    ['an encrypted member', zip([{ name: 'x', data: text, lie: { flags: 1 } }]), 'zip_encrypted'],
    ['an unknown method', zip([{ name: 'x', data: text, lie: { method: 99 } }]), 'zip_method'],
    ['bytes behind the archive', zip([{ name: 'x', data: text }], Buffer.from('tail')), 'zip_trailing_data'],
    ['an archive in an archive', zip([{ name: 'inner.bin', data: zip([{ name: 'x', data: text }]) }]), 'nested_archive'],
    ['a zip without a directory', Buffer.from('PK\x03\x04 and no more', 'latin1'), 'zip_no_directory'],
    ['a tar of an old checkpoint', Buffer.concat([tarMember('pickle', evil), Buffer.alloc(1024)]), 'pickle_global'],
    ['a tar that climbs out', Buffer.concat([tarMember('../x', text), Buffer.alloc(1024)]), 'tar_slip'],
    ['a tar with a link', Buffer.concat([tarMember('x', Buffer.alloc(0), '2'), Buffer.alloc(1024)]), 'tar_link'],
    ['a tar that is cut off', tarMember('x', Buffer.alloc(2000)).subarray(0, 1024), 'cut_off'],
    ['a 7z archive', Buffer.from('7z\xbc\xaf\x27\x1c          ', 'latin1'), 'unknown_format'],
    ['a gzip file', Buffer.from('\x1f\x8b\x08         ', 'latin1'), 'unknown_format'],
    ['a program', Buffer.from('\x7fELF           ', 'latin1'), 'unknown_format'],
    ['a page that asks for a sign-in', Buffer.from('<!doctype html><title>Sign in</title>'), 'unknown_format'],
    ['the test file of antivirus programs', Buffer.from('X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'), 'malware'],
    ['nothing', Buffer.alloc(0), 'empty'],
    ['text', Buffer.from('these are no weights at all'), 'unknown_format'],
  ];
  it.each(bad)('%s', async (_, file, code) => {
    expect(await verdict(file)).toBe(code);
  });
});

describe('ONNX that reaches outside itself is refused', () => {
  const bad: [string, Buffer, string][] = [
    [
      'weights in another file',
      onnx({ initialiser: onnxTensor([1], 4, field(13, Buffer.concat([field(1, 'location'), field(2, '../../secret')]))) }),
      'onnx_external_data',
    ],
    ['weights said to be elsewhere', onnx({ initialiser: onnxTensor([1], 4, field(14, 1)) }), 'onnx_external_data'],
    ['operators of a stranger', onnx({ node: field(7, 'evil.domain') }), 'onnx_domain'],
    ['an operator set of a stranger', onnx({ opset: Buffer.concat([field(1, 'evil.domain'), field(2, 1)]) }), 'onnx_domain'],
    ['an operator that runs Python', onnx({ node: field(4, 'PyOp') }), 'onnx_domain'],
    ['functions of its own', onnx({ model: field(25, 'f') }), 'onnx_functions'],
    ['a field that models do not have', onnx({ model: field(99, 'hidden') }), 'onnx_trailing_data'],
    ['bytes behind it', Buffer.concat([onnx(), Buffer.from('PK\x03\x04', 'latin1')]), ''],
    ['a tensor whose shape lies', onnx({ initialiser: onnxTensor([1000], 4) }), 'onnx_shape_lies'],
    ['a tensor larger than any file', onnx({ initialiser: onnxTensor([2n ** 41n], 4) }), 'onnx_shape_lies'],
    ['a graph that computes nothing', onnx({ empty: true }), 'onnx_empty'],
    ['an unknown version of the format', onnx({ ir: 99 }), 'onnx_malformed'],
    ['an operator set that does not exist', onnx({ opset: Buffer.concat([field(1, ''), field(2, 99)]) }), 'onnx_opset'],
    ['sparse tensors', onnx({ graph: field(15, 'x') }), 'onnx_sparse'],
    ['a part longer than the whole', onnx().subarray(0, 20), 'onnx_cut_off'],
  ];
  it.each(bad)('%s', async (_, file, code) => {
    const found = await verdict(file);
    if (code === '') expect(found).not.toBe('accepted');
    else expect(found).toBe(code);
  });
});

describe('what is made to take long ends soon, and keeps nothing', () => {
  const MB = 1024 * 1024;
  const described = (metadata: string): string => `{"__metadata__":{"a":"${metadata}"},"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`;
  it.each([
    ['a number of ten million digits', safetensors(`{"a":${'1'.repeat(10 * MB - 10)}}`), 'header_json'],
    ['a text of ten million letters', safetensors(described('x'.repeat(10 * MB - 200)), 1), 'accepted'],
    ['a text of five million escapes', safetensors(described('\\n'.repeat(5 * MB - 200)), 1), 'accepted'],
    ['a text with an escape there is not', safetensors(described('\\x'), 1), 'header_json'],
    ['ten million spaces', safetensors(`{${' '.repeat(10 * MB - 200)}"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1), 'accepted'],
    ['a shape of a million sides', safetensors(`{"a":{"dtype":"U8","shape":[${'1,'.repeat(MB)}1],"data_offsets":[0,1]}}`, 1), 'header_json'],
    [
      'a graph of more inputs than graphs have',
      onnx({ graph: Buffer.concat(Array.from({ length: 1001 }, () => field(11, field(1, 'x')))) }),
      'onnx_too_many_names',
    ],
  ])('%s', async (_what, file, code) => {
    const began = performance.now();
    expect(await verdict(file)).toBe(code);
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('an archive whose members each keep to the bounds, and together do not, is given up when their sum has passed it', async () => {
    const data = Buffer.alloc(60 * MB);
    const members = Array.from({ length: 5 }, (_, i) => ({ name: `m${i}.txt`, data }));
    expect(await verdict(zip(members))).toBe('zip_bomb');
  });
});
