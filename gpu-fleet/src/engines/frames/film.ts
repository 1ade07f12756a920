/** A film as an input and as a result: files beside each other that go when the work has ended, but for the result. */
import { randomUUID } from 'node:crypto';
import { rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineOutput } from '../engine.js';
import { EngineFault } from '../engine.js';
import { demuxerOf, factsOfClip, type Clip, type ClipFacts } from './ffmpeg.js';

export interface FilmWork {
  program: string;
  /** Where the result is written; the caller takes it away. */
  result: string;
  signal: AbortSignal;
}

export const needsFfmpeg = (): EngineFault => new EngineFault('no_ffmpeg', 'This box has no ffmpeg: install it or set FFMPEG_PATH.');

/** Runs `work` with a place for its result. Whatever goes wrong, nothing stays behind. */
export async function withResult<T>(program: string, work: (film: FilmWork) => Promise<T>): Promise<T> {
  const result = join(tmpdir(), `atelier-film-${randomUUID()}.mp4`);
  const abort = new AbortController();
  try {
    return await work({ program, result, signal: abort.signal });
  } catch (error) {
    abort.abort();
    await rm(result, { force: true });
    throw error;
  }
}

/** Puts the film on disk, measures it, and takes it away again. */
export async function withClip<T>(bytes: Uint8Array, { program, result, signal }: FilmWork, work: (clip: Clip, facts: ClipFacts) => Promise<T>): Promise<T> {
  const clip: Clip = { file: `${result}.source`, demuxer: demuxerOf(bytes) };
  try {
    await writeFile(clip.file, bytes, { mode: 0o600 });
    return await work(clip, await factsOfClip(program, clip, signal));
  } finally {
    await rm(clip.file, { force: true });
  }
}

/** H.264 wants even sides. */
export const even = (side: number): number => Math.ceil(side / 2) * 2;

/** The result as an output, with its measures as `TaskParameters` says. */
export async function filmOutput(
  { result }: FilmWork,
  o: { width: number; height: number; frames: number; fps: number; metadata: Record<string, unknown> },
): Promise<EngineOutput> {
  const film = { frames: o.frames, fps: o.fps, durationSeconds: Math.round((o.frames / o.fps) * 1000) / 1000 };
  const data = { file: result, bytes: (await stat(result)).size };
  return { slot: 'video', data, contentType: 'video/mp4', width: even(o.width), height: even(o.height), metadata: { ...o.metadata, film } };
}
