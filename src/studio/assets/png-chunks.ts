import { Transform, type TransformCallback } from 'node:stream';
import { inflateSync } from 'node:zlib';

/**
 * Text inside PNG files (W3C PNG §11.3.3). Engines write the chunk `atelier`: JSON with prompt, parameters, seed, weights and engine
 * version, so that a picture explains itself after it has left the house.
 */
export const ATELIER_KEYWORD = 'atelier';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
/** What `?metadata=strip` removes: words, camera data, the time of making. Colour and transparency chunks stay. */
const REMOVED = new Set(['tEXt', 'zTXt', 'iTXt', 'eXIf', 'tIME']);
const TEXT_MAX = 256 * 1024;

/**
 * The text stored under `keyword`, looked for before the pixel data in `head` (the first bytes of a file suffice); null when there is none
 * or it cannot be read. Compressed text is inflated to 256 KB at most.
 */
export function readPngText(head: Buffer, keyword: string): string | null {
  if (!head.subarray(0, 8).equals(SIGNATURE)) return null;
  for (let at = 8; at + 8 <= head.length;) {
    const length = head.readUInt32BE(at);
    const type = head.toString('latin1', at + 4, at + 8);
    const data = head.subarray(at + 8, at + 8 + length);
    if (type === 'IDAT' || type === 'IEND' || data.length < length) return null;
    if (type === 'tEXt' || type === 'zTXt' || type === 'iTXt') {
      const end = data.indexOf(0);
      if (end > 0 && data.toString('latin1', 0, end) === keyword) return textOf(type, data.subarray(end + 1));
    }
    at += 12 + length;
  }
  return null;
}

function textOf(type: 'tEXt' | 'zTXt' | 'iTXt', body: Buffer): string | null {
  try {
    if (type === 'tEXt') return body.toString('latin1');
    if (type === 'zTXt') return inflateSync(body.subarray(1), { maxOutputLength: TEXT_MAX }).toString('latin1');
    const language = body.indexOf(0, 2);
    const translated = language < 0 ? -1 : body.indexOf(0, language + 1);
    if (translated < 0) return null;
    const text = body.subarray(translated + 1);
    return (body[0] === 1 ? inflateSync(text, { maxOutputLength: TEXT_MAX }) : text).toString('utf8');
  } catch {
    return null;
  }
}

/** A stream that lets a PNG through without its text, byte for byte the same otherwise. Holds back 8 bytes at most. */
export function pngTextStripper(): Transform {
  let pending: Buffer = Buffer.alloc(0);
  let started = false;
  let left = 0; // bytes of the current chunk (body and checksum) that are still to come
  let keeps = true;

  const take = function (this: Transform, input: Buffer): void {
    let at = 0;
    while (at < input.length) {
      if (left > 0) {
        const end = Math.min(input.length, at + left);
        if (keeps) this.push(input.subarray(at, end));
        left -= end - at;
        at = end;
        continue;
      }
      if (input.length - at < 8) break;
      const header = input.subarray(at, at + 8);
      if (!started) {
        if (!header.equals(SIGNATURE)) throw new Error('The file is not a PNG.');
        started = true;
        keeps = true;
      } else {
        keeps = !REMOVED.has(header.toString('latin1', 4, 8));
        left = header.readUInt32BE(0) + 4;
      }
      if (keeps) this.push(header);
      at += 8;
    }
    pending = input.subarray(at);
  };

  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      try {
        take.call(this, pending.length > 0 ? Buffer.concat([pending, chunk]) : chunk);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      done(started && left === 0 && pending.length === 0 ? null : new Error('The PNG ends in the middle of a chunk.'));
    },
  });
}
