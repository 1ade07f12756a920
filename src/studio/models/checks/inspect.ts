import type { WeightFormat } from '@atelier/contracts';
import type { FileBytes } from './file-bytes.js';
import { readOnnx, type OnnxFacts } from './onnx.js';
import { beginsPickle, looksLikeOldPickle, walkPickle, walkPickles } from './pickle.js';
import { Refusal } from './refusal.js';
import { readSafetensors, type SafetensorsFacts } from './safetensors.js';
import { readZip } from './zip.js';

/** Goes up with every change of the rules; what was checked by older ones can be found and checked again. */
export const RULES_VERSION = 1;

export type Inspection = { checks: string[] } & (
  { format: 'safetensors'; facts: SafetensorsFacts } | { format: Extract<WeightFormat, 'onnx'>; facts: OnnxFacts }
);

const SAFE = 'Convert the model to safetensors where you trust it, or get the safetensors file from its publisher.';
/** A pickle is walked for the sake of the reason only; what is longer than this is refused without one. */
const PICKLE_MAX = 32 * 1024 * 1024;
const EICAR = Buffer.from('X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!', 'latin1');
const TAR_HEAD = 512;

/** First bytes of what is no weights at all, whatever it is called. */
const STRANGERS: readonly [Buffer, string][] = [
  [Buffer.from('7z\xbc\xaf\x27\x1c', 'latin1'), 'a 7z archive'],
  [Buffer.from('Rar!', 'latin1'), 'a RAR archive'],
  [Buffer.from('\x1f\x8b', 'latin1'), 'a gzip file'],
  [Buffer.from('BZh', 'latin1'), 'a bzip2 file'],
  [Buffer.from('\xfd7zXZ', 'latin1'), 'an xz file'],
  [Buffer.from('\x28\xb5\x2f\xfd', 'latin1'), 'a zstd file'],
  [Buffer.from('\x7fELF', 'latin1'), 'a program'],
  [Buffer.from('MZ', 'latin1'), 'a program'],
  [Buffer.from('\x93NUMPY', 'latin1'), 'a numpy array'],
  [Buffer.from('GGUF', 'latin1'), 'a GGUF model'],
  [Buffer.from('\x89HDF', 'latin1'), 'an HDF5 file'],
  [Buffer.from('#!', 'latin1'), 'a script'],
  [Buffer.from('<', 'latin1'), 'a page (perhaps the download asked for a sign-in)'],
];

/** Decides by content, never by name, what a file is, and whether it may be used. Throws a Refusal. Nothing in the file is ever run or loaded. */
export async function inspect(file: FileBytes): Promise<Inspection> {
  if (file.size === 0) throw new Refusal('empty', 'The file is empty.');
  const head = await file.read(0, Math.min(file.size, 1024));
  if (head.includes(EICAR)) throw new Refusal('malware', 'The file holds the test signature of antivirus programs.', 'Delete it.');
  const stranger = STRANGERS.find(([magic]) => head.subarray(0, magic.length).equals(magic));
  if (stranger) throw new Refusal('unknown_format', `The file is ${stranger[1]}, not weights.`, SAFE);
  if (head.subarray(0, 4).equals(Buffer.from('PK\x03\x04', 'latin1')) || head.subarray(0, 4).equals(Buffer.from('PK\x05\x06', 'latin1')))
    return refuseZip(file);
  if (head.length > 262 && head.toString('latin1', 257, 262) === 'ustar') return refuseTar(file);
  if (looksLikeSafetensors(head, file.size))
    return { format: 'safetensors', facts: await readSafetensors(file), checks: ['format', 'safetensors_header', 'no_trailing_data'] };
  if (beginsPickle(head)) return refusePickle(file);
  if (head[0] === 0x08) return { format: 'onnx', facts: await readOnnx(file), checks: ['format', 'onnx_structure', 'no_external_data', 'no_trailing_data'] };
  if (looksLikeOldPickle(await file.read(0, Math.min(file.size, PICKLE_MAX)))) return refusePickle(file);
  throw new Refusal('unknown_format', 'The file is neither safetensors nor ONNX; it was judged by its content, not its name.', SAFE);
}

/** A length that a header could have, and an object behind it; or a file that wants to be one and lies. */
function looksLikeSafetensors(head: Buffer, size: number): boolean {
  if (head.length < 9) return false;
  return head[8] === 0x7b || (head.readBigUInt64LE(0) <= BigInt(size) && head.readBigUInt64LE(0) > 0n && head.readUInt32LE(4) === 0);
}

async function refusePickle(file: FileBytes): Promise<never> {
  const data = await file.read(0, Math.min(file.size, PICKLE_MAX));
  walkPickles(data);
  throw isPickle();
}

async function refuseZip(file: FileBytes): Promise<never> {
  let pickles = 0;
  const isWanted = (name: string): boolean => !/(^|\/)data\/\d+$/.test(name) && !name.endsWith('/');
  await readZip(file, isWanted, (name, data) => {
    const at = name.split('/').pop()!;
    if (data.subarray(0, 2).toString('latin1') === 'PK' || STRANGERS.slice(0, 6).some(([magic]) => data.subarray(0, magic.length).equals(magic)))
      throw new Refusal('nested_archive', `The archive holds another one, ${JSON.stringify(at.slice(0, 80))}.`, SAFE);
    if (!beginsPickle(data) && !/\.pkl$/.test(name) && !looksLikeOldPickle(data)) return;
    walkPickle(data);
    pickles++;
  });
  if (pickles > 0) throw isPickle();
  throw new Refusal('archive', 'The file is an archive, not weights.', 'Unpack it where you trust it, and import the safetensors or ONNX file inside.');
}

async function refuseTar(file: FileBytes): Promise<never> {
  for (let at = 0, count = 0; at + TAR_HEAD <= file.size && count < 1000; count++) {
    const head = await file.read(at, TAR_HEAD);
    if (head.every((byte) => byte === 0)) break;
    const name = head.toString('latin1', 0, 100).split('\0')[0]!;
    const size = Number.parseInt(head.toString('latin1', 124, 136).split('\0')[0]!.trim(), 8);
    const kind = String.fromCharCode(head[156]!);
    if (!Number.isSafeInteger(size) || size < 0) throw new Refusal('tar_malformed', 'The archive is damaged.', SAFE);
    if (name.startsWith('/') || name.split('/').includes('..'))
      throw new Refusal('tar_slip', `The member ${JSON.stringify(name)} would be written outside its folder.`, SAFE);
    if (kind === '1' || kind === '2') throw new Refusal('tar_link', `The member ${JSON.stringify(name)} is a link to another place.`, SAFE);
    if (at + TAR_HEAD + size > file.size) throw new Refusal('cut_off', 'The archive ends in the middle of a member.', SAFE);
    const data = await file.read(at + TAR_HEAD, Math.min(size, PICKLE_MAX));
    if (beginsPickle(data) || looksLikeOldPickle(data)) walkPickles(data);
    at += TAR_HEAD + Math.ceil(size / TAR_HEAD) * TAR_HEAD;
  }
  throw new Refusal('pickle_format', 'The file is a tar archive, as old versions of PyTorch wrote them.', SAFE);
}

const isPickle = (): Refusal =>
  new Refusal('pickle_format', 'The file is a pickle. Nothing dangerous was found in it, but a pickle is a program and is never loaded here.', SAFE);
