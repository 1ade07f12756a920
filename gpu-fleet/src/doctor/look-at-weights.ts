/** Counts the cache of weights and computes digests of what it can in reasonable time. It only reads: a running box keeps its folder. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf } from '../agent/weights-download.js';
import type { WeightsFacts } from './facts.js';

const DIGEST = /^[0-9a-f]{64}$/;
const BOX = /^\d+$/;
/** Without `--verify` so many bytes are read at most: a second or two. */
const READ_MAX = 1e9;

/** @param everything computes the digest of every file, however large */
export async function lookAtWeights(folder: string, maxBytes: number, everything: boolean): Promise<WeightsFacts> {
  const files = (await filesOf(folder)).sort((a, b) => a.bytes - b.bytes);
  const corrupt: string[] = [];
  let [verified, read] = [0, 0];
  for (const { path, name, bytes } of files) {
    read += bytes;
    if (!everything && read > READ_MAX) break;
    const digest = await digestOf(path, new AbortController().signal).catch(() => null);
    verified++;
    if (digest !== name) corrupt.push(path);
  }
  return { folder, maxBytes, files: files.length, bytes: files.reduce((sum, file) => sum + file.bytes, 0), verified, corrupt };
}

async function filesOf(root: string): Promise<{ path: string; name: string; bytes: number }[]> {
  const boxes = (await readdir(root).catch(() => [])).filter((name) => BOX.test(name));
  const found = await Promise.all(
    boxes.map(async (box) => {
      const names = (await readdir(join(root, box)).catch(() => [])).filter((name) => DIGEST.test(name));
      return Promise.all(names.map(async (name) => ({ path: join(root, box, name), name, bytes: (await stat(join(root, box, name))).size })));
    }),
  );
  return found.flat();
}
