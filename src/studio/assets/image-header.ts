/**
 * Says what a picture file is and how large it will be, from a few bytes of it and before any decoder sees it.
 * Sources: PNG (W3C) §11.2.1, JPEG (T.81) annex B, WebP container (RFC 9649) §2.
 */
export const ACCEPTED_TYPES = ['image/png', 'image/jpeg', 'image/webp'] as const;
export type AcceptedType = (typeof ACCEPTED_TYPES)[number];

export interface ImageHeader {
  contentType: AcceptedType;
  /** Pixels as stored, before any orientation note is followed. */
  width: number;
  height: number;
}
/** `foreign`: none of the accepted formats. `broken`: starts like one, but its header does not hold. */
export type HeaderFault = { fault: 'svg' | 'foreign' | 'broken'; contentType?: AcceptedType };

/** Reads up to `length` bytes at `offset`; fewer at the end of the file. */
export type ByteSource = (offset: number, length: number) => Promise<Buffer>;

const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
/** A JPEG with more segments than this before its frame is made to waste time. */
const JPEG_SEGMENTS_MAX = 1000;

export async function readImageHeader(read: ByteSource): Promise<ImageHeader | HeaderFault> {
  const head = await read(0, 512);
  const contentType = sniff(head);
  if (!contentType) return { fault: looksLikeSvg(head) ? 'svg' : 'foreign' };
  const size = contentType === 'image/png' ? pngSize(head) : contentType === 'image/webp' ? webpSize(head) : await jpegSize(read);
  return size && size.width > 0 && size.height > 0 ? { contentType, ...size } : { fault: 'broken', contentType };
}

/** The format by its magic bytes; the first twelve bytes suffice. */
export function sniff(head: Buffer): AcceptedType | null {
  if (head.subarray(0, 8).equals(PNG_SIGNATURE)) return 'image/png';
  if (head.length >= 3 && head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return 'image/jpeg';
  if (head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP') return 'image/webp';
  return null;
}

const looksLikeSvg = (head: Buffer): boolean => /^\s*(<\?xml|<!--|<!doctype svg|<svg)/i.test(head.toString('utf8').replace(/^\uFEFF/, ''));

type Size = { width: number; height: number } | null;

function pngSize(head: Buffer): Size {
  if (head.length < 33 || head.readUInt32BE(8) !== 13 || head.toString('latin1', 12, 16) !== 'IHDR') return null;
  return { width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
}

function webpSize(head: Buffer): Size {
  if (head.length < 30) return null;
  switch (head.toString('latin1', 12, 16)) {
    case 'VP8X':
      return { width: head.readUIntLE(24, 3) + 1, height: head.readUIntLE(27, 3) + 1 };
    case 'VP8L': {
      if (head[20] !== 0x2f) return null;
      const bits = head.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8 ':
      if (head.readUIntBE(23, 3) !== 0x9d012a) return null;
      return { width: head.readUInt16LE(26) & 0x3fff, height: head.readUInt16LE(28) & 0x3fff };
    default:
      return null;
  }
}

async function jpegSize(read: ByteSource): Promise<Size> {
  let at = 2;
  for (let segment = 0; segment < JPEG_SEGMENTS_MAX; segment++) {
    const bytes = await read(at, 9);
    if (bytes.length < 4 || bytes[0] !== 0xff) return null;
    const marker = bytes[1]!;
    if (marker === 0xff) {
      at += 1; // a fill byte before a marker
    } else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      at += 2; // markers without a body
    } else if (marker === 0xd9 || marker === 0xda) {
      return null; // the picture began or ended before its frame was declared
    } else if (isFrame(marker)) {
      return bytes.length < 9 ? null : { height: bytes.readUInt16BE(5), width: bytes.readUInt16BE(7) };
    } else {
      const length = bytes.readUInt16BE(2);
      if (length < 2) return null;
      at += 2 + length;
    }
  }
  return null;
}

/** SOF0–SOF15 but DHT (C4), JPG (C8) and DAC (CC), which live among them. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
