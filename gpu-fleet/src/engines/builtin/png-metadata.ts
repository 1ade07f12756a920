/**
 * Text inside a PNG, byte for byte the same for the same facts: one uncompressed iTXt chunk (UTF-8) right after IHDR, no time stamp.
 * PNG specification, §11.3.4.5.
 */

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Signature, then IHDR: length 4, type 4, data 13, checksum 4. */
const AFTER_HEADER = 8 + 25;

export const KEYWORD = 'atelier';

/** `png` with `facts` under the keyword `atelier`, keys sorted. @throws when it is no PNG. */
export function withMetadata(png: Uint8Array, facts: Record<string, unknown>): Uint8Array {
  if (!isPng(png)) throw new Error('Not a PNG file.');
  const text = Buffer.concat([Buffer.from(`${KEYWORD}\0\0\0\0\0`, 'latin1'), Buffer.from(canonicalJson(facts), 'utf8')]);
  return Buffer.concat([png.subarray(0, AFTER_HEADER), chunk('iTXt', text), png.subarray(AFTER_HEADER)]);
}

/** The facts under `atelier`, null when there are none. */
export function readMetadata(png: Uint8Array): Record<string, unknown> | null {
  if (!isPng(png)) return null;
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  for (let at = 8; at + 12 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    const data = bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at));
    const start = KEYWORD.length + 5;
    if (bytes.toString('latin1', at + 4, at + 8) === 'iTXt' && data.toString('latin1', 0, KEYWORD.length + 1) === `${KEYWORD}\0`) {
      return JSON.parse(data.toString('utf8', start)) as Record<string, unknown>;
    }
  }
  return null;
}

/** JSON with sorted keys: equal facts are equal bytes, in whatever order a database returned them. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner && typeof inner === 'object' && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

function isPng(bytes: Uint8Array): boolean {
  return bytes.length > AFTER_HEADER && SIGNATURE.every((byte, i) => bytes[i] === byte);
}

function chunk(type: string, data: Buffer): Buffer {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, 'latin1');
  data.copy(out, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** CRC-32 of PNG's annex D; Node's own `zlib.crc32` is younger than the oldest Node we run on. */
export function crc32(data: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of data) c = TABLE[(c ^ byte) & 255]! ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}
