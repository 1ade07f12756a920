import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import type { FileBytes } from './file-bytes.js';
import { Refusal } from './refusal.js';

const inflate = promisify(inflateRaw);
const TAIL_MAX = 65_557;
const MEMBERS_MAX = 20_000;
const DIRECTORY_MAX = 16 * 1024 * 1024;
const RATIO_MAX = 100;
/** Members that are looked into: the pickles of an archive are small, its tensors are not. */
const LOOKED_INTO_MAX = 64 * 1024 * 1024;
/** All of them together, in bytes. */
const LOOKED_INTO_TOTAL = 256 * 1024 * 1024;
const CURE = 'Delete it, and get the model from its publisher as safetensors.';
const trap = (code: string, reason: string): Refusal => new Refusal(code, reason, CURE);

interface Entry {
  name: string;
  flags: number;
  method: number;
  crc: number;
  packed: number;
  unpacked: number;
  mode: number;
  offset: number;
}

/**
 * Reads a zip by its directory, and refuses what readers of zips disagree about. Members that `isWanted` names are unpacked, one after the other, and
 * given to `judge`, which keeps none; the others are only measured.
 */
export async function readZip(file: FileBytes, isWanted: (name: string) => boolean, judge: (name: string, data: Buffer) => void): Promise<void> {
  const entries = await directory(file);
  const names = new Set<string>();
  let unpacked = 0;
  for (const entry of entries) {
    checkEntry(entry);
    if (names.has(entry.name)) throw trap('zip_duplicate', `The archive holds ${JSON.stringify(entry.name)} twice, and readers differ in which they open.`);
    names.add(entry.name);
    const at = await dataStart(file, entry);
    if (!isWanted(entry.name)) continue;
    unpacked += entry.unpacked;
    if (unpacked > LOOKED_INTO_TOTAL)
      throw trap('zip_bomb', `The members of the archive that have to be checked unpack to more than ${LOOKED_INTO_TOTAL} bytes.`);
    judge(entry.name, await unpack(file, entry, at));
  }
}

async function directory(file: FileBytes): Promise<Entry[]> {
  const tailLength = Math.min(file.size, TAIL_MAX);
  const tail = await file.read(file.size - tailLength, tailLength);
  const at = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (at < 0 || at + 22 > tail.length) throw trap('zip_no_directory', 'The archive has no directory at its end.');
  if (at + 22 + tail.readUInt16LE(at + 20) !== tail.length) throw trap('zip_trailing_data', 'Behind the archive lie bytes that do not belong to it.');
  const count = tail.readUInt16LE(at + 10);
  const size = tail.readUInt32LE(at + 12);
  const offset = tail.readUInt32LE(at + 16);
  if (count === 0xffff || offset === 0xffffffff) throw trap('zip64', 'The archive is a zip64, which is not read here.');
  if (count > MEMBERS_MAX || size > DIRECTORY_MAX) throw trap('zip_too_many', `The archive has more than ${MEMBERS_MAX} members.`);
  if (offset + size + tail.length - at !== file.size)
    throw trap('zip_layout', 'The directory of the archive is not where the archive says, or something lies before it.');
  return parseDirectory(await file.read(offset, size), count);
}

function parseDirectory(data: Buffer, count: number): Entry[] {
  const entries: Entry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > data.length || data.readUInt32LE(at) !== 0x02014b50) throw trap('zip_layout', 'The directory of the archive is damaged.');
    const [nameLength, extra, comment] = [data.readUInt16LE(at + 28), data.readUInt16LE(at + 30), data.readUInt16LE(at + 32)];
    entries.push({
      name: data.toString('utf8', at + 46, at + 46 + nameLength),
      flags: data.readUInt16LE(at + 8),
      method: data.readUInt16LE(at + 10),
      crc: data.readUInt32LE(at + 16),
      packed: data.readUInt32LE(at + 20),
      unpacked: data.readUInt32LE(at + 24),
      mode: data.readUInt32LE(at + 38) >>> 16,
      offset: data.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + extra + comment;
  }
  if (at !== data.length) throw trap('zip_layout', 'The directory of the archive holds more than it counts.');
  return entries;
}

function checkEntry({ name, flags, method, packed, unpacked, mode }: Entry): void {
  const shown = JSON.stringify(name.slice(0, 80));
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name) || name.includes('\\') || name.includes('\0') || name.split('/').includes('..'))
    throw trap('zip_slip', `The member ${shown} would be written outside its folder.`);
  if ((mode & 0o170000) === 0o120000) throw trap('zip_symlink', `The member ${shown} is a link to another place.`);
  if (flags & 1) throw trap('zip_encrypted', `The member ${shown} is encrypted, so nobody can check it.`);
  if (method !== 0 && method !== 8) throw trap('zip_method', `The member ${shown} is packed by method ${method}; only stored and deflated ones are read.`);
  if (unpacked > 1_000_000 && unpacked > packed * RATIO_MAX) throw trap('zip_bomb', `The member ${shown} claims to grow from ${packed} to ${unpacked} bytes.`);
}

async function dataStart(file: FileBytes, entry: Entry): Promise<number> {
  const head = await file.read(entry.offset, 30);
  if (head.readUInt32LE(0) !== 0x04034b50) throw trap('zip_layout', `The member ${JSON.stringify(entry.name)} is not where the directory says.`);
  const nameLength = head.readUInt16LE(26);
  const name = (await file.read(entry.offset + 30, nameLength)).toString('utf8');
  const described = (head.readUInt16LE(6) & 8) !== 0;
  const same = name === entry.name && head.readUInt16LE(8) === entry.method && (described || head.readUInt32LE(14) === entry.crc);
  if (!same)
    throw trap(
      'zip_mismatch',
      `Directory and header disagree about the member ${JSON.stringify(entry.name.slice(0, 80))}, so readers would see different files.`,
    );
  return entry.offset + 30 + nameLength + head.readUInt16LE(28);
}

async function unpack(file: FileBytes, entry: Entry, at: number): Promise<Buffer> {
  if (entry.unpacked > LOOKED_INTO_MAX || entry.packed > LOOKED_INTO_MAX)
    throw trap('zip_member_too_large', `The member ${JSON.stringify(entry.name)} is too large to be checked.`);
  const packed = await file.read(at, entry.packed);
  let data = packed;
  if (entry.method === 8)
    try {
      data = await inflate(packed, { maxOutputLength: entry.unpacked + 1 });
    } catch {
      throw trap('zip_bomb', `The member ${JSON.stringify(entry.name)} does not unpack to the size it claims.`);
    }
  if (data.length !== entry.unpacked) throw trap('zip_bomb', `The member ${JSON.stringify(entry.name)} does not unpack to the size it claims.`);
  if (crc32(data) !== entry.crc) throw trap('zip_crc', `The checksum of the member ${JSON.stringify(entry.name)} is wrong.`);
  return data;
}
