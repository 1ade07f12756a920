/** A film as an input and as a result: in a folder of its own that goes when the work has ended, whatever way; the result is moved out of it. */
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineOutput } from '../engine.js';
import { demuxerOf, factsOfClip, type Clip, type ClipFacts } from './ffmpeg.js';

export interface FilmWork {
  program: string;
  /** Where the result is written. */
  result: string;
  signal: AbortSignal;
  /** Where the result is left for the caller, who takes it away. */
  kept: string;
}

/** A name of its own for a folder; whoever may have to end the work from outside says it, so that it can be dropped. */
export const filmFolder = (): string => join(tmpdir(), `atelier-film-${randomUUID()}`);

const keptOf = (folder: string): string => `${folder}.mp4`;

/** Takes away whatever work in that folder has left behind, after it has ended without handing in. */
export async function dropFilm(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  await rm(keptOf(folder), { force: true });
}

/** Runs `work` with a place for its result. Whatever goes wrong, nothing stays behind. */
export async function withResult<T>(place: { ffmpeg: string; folder?: string | undefined }, work: (film: FilmWork) => Promise<T>): Promise<T> {
  const { ffmpeg: program, folder = filmFolder() } = place;
  const abort = new AbortController();
  try {
    await mkdir(folder, { mode: 0o700 });
    const made = await work({ program, result: join(folder, 'result.mp4'), signal: abort.signal, kept: keptOf(folder) });
    await rm(folder, { recursive: true, force: true });
    return made;
  } catch (error) {
    abort.abort();
    await dropFilm(folder);
    throw error;
  }
}

/** Puts the film on disk and measures it. */
export async function withClip<T>(bytes: Uint8Array, { program, result, signal }: FilmWork, work: (clip: Clip, facts: ClipFacts) => Promise<T>): Promise<T> {
  const clip: Clip = { file: `${result}.source`, demuxer: demuxerOf(bytes) };
  await writeFile(clip.file, bytes, { mode: 0o600 });
  return work(clip, await factsOfClip(program, clip, signal));
}

/** H.264 wants even sides. */
export const even = (side: number): number => Math.ceil(side / 2) * 2;

/** The result as an output, with its measures as `TaskParameters` says. */
export async function filmOutput(
  { result, kept }: FilmWork,
  o: { width: number; height: number; frames: number; fps: number; metadata: Record<string, unknown> },
): Promise<EngineOutput> {
  const film = { frames: o.frames, fps: o.fps, durationSeconds: Math.round((o.frames / o.fps) * 1000) / 1000 };
  await rename(result, kept);
  const data = { file: kept, bytes: (await stat(kept)).size };
  return { slot: 'video', data, contentType: 'video/mp4', width: even(o.width), height: even(o.height), metadata: { ...o.metadata, film } };
}
