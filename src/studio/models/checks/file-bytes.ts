import { open, type FileHandle } from 'node:fs/promises';
import { Refusal } from './refusal.js';

/** A file that is read in pieces: weights are larger than memory. */
export interface FileBytes {
  readonly size: number;
  /** Exactly `length` bytes from `offset`; a file that ends earlier is refused. */
  read(offset: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

export async function openBytes(path: string): Promise<FileBytes> {
  const handle: FileHandle = await open(path, 'r');
  const { size } = await handle.stat();
  return {
    size,
    read: async (offset, length) => {
      if (offset < 0 || length < 0 || offset + length > size) throw new Refusal('cut_off', `The file ends at byte ${size}, before what it announces.`);
      const buffer = Buffer.alloc(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled);
        if (bytesRead === 0) throw new Refusal('cut_off', 'The file became shorter while it was read.');
        filled += bytesRead;
      }
      return buffer;
    },
    close: () => handle.close(),
  };
}

/** The same over bytes in memory, for members of archives. */
export function bytesOf(buffer: Buffer): FileBytes {
  return {
    size: buffer.length,
    read: (offset, length) => {
      if (offset < 0 || length < 0 || offset + length > buffer.length) return Promise.reject(new Refusal('cut_off', 'The data end before what they announce.'));
      return Promise.resolve(buffer.subarray(offset, offset + length));
    },
    close: () => Promise.resolve(),
  };
}
