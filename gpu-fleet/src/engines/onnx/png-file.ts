/** A PNG written row by row into a file: memory holds some rows and zlib's window, whatever the height. PNG specification, 3rd edition. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { createDeflate } from 'node:zlib';
import { canonicalJson, crc32, KEYWORD } from '../builtin/png-metadata.js';

const UP = 2;

export class PngFile {
  private readonly deflate = createDeflate({ level: 6 });
  private readonly out;
  private previous: Uint8Array;
  private fault: Error | null = null;

  constructor(
    readonly path: string,
    readonly width: number,
    readonly height: number,
    readonly channels: 3 | 4,
    facts: Record<string, unknown>,
  ) {
    this.out = createWriteStream(path, { mode: 0o600 });
    this.out.on('error', (error) => (this.fault = error));
    this.previous = new Uint8Array(width * channels);
    const header = Buffer.alloc(13);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    header.set([8, channels === 4 ? 6 : 2, 0, 0, 0], 8);
    this.out.write(Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a));
    this.chunk('IHDR', header);
    this.chunk('iTXt', Buffer.concat([Buffer.from(`${KEYWORD}\0\0\0\0\0`, 'latin1'), Buffer.from(canonicalJson(facts), 'utf8')]));
    this.deflate.on('data', (data: Buffer) => this.chunk('IDAT', data));
  }

  /** Whole rows, interleaved. */
  async write(rows: Uint8Array): Promise<void> {
    const stride = this.width * this.channels;
    const filtered = Buffer.alloc((rows.length / stride) * (stride + 1));
    for (let from = 0, to = 0; from < rows.length; from += stride) {
      filtered[to++] = UP;
      for (let i = 0; i < stride; i++) filtered[to++] = rows[from + i]! - this.previous[i]!;
      this.previous = rows.slice(from, from + stride);
    }
    if (!this.deflate.write(filtered)) await once(this.deflate, 'drain');
    if (this.fault) throw this.fault;
    if (this.out.writableNeedDrain) await once(this.out, 'drain');
  }

  /** @returns its size in bytes. */
  async close(): Promise<number> {
    this.deflate.end();
    await finished(this.deflate);
    this.chunk('IEND', Buffer.alloc(0));
    this.out.end();
    await finished(this.out);
    return (await stat(this.path)).size;
  }

  destroy(): void {
    this.deflate.destroy();
    this.out.destroy();
  }

  private chunk(type: string, data: Buffer): void {
    const frame = Buffer.alloc(12 + data.length);
    frame.writeUInt32BE(data.length, 0);
    frame.write(type, 4, 'latin1');
    data.copy(frame, 8);
    frame.writeUInt32BE(crc32(frame.subarray(4, 8 + data.length)), 8 + data.length);
    this.out.write(frame);
  }
}
