/**
 * ffmpeg as a child: no network protocols, no terminal, a named container only, bounds on time, memory, pixels and threads. Frames pass
 * through pipes, one at a time. What a clip says about itself is not believed: its frames are counted by the times they are shown at.
 */
import { execFile, spawn, type ChildProcess, type ExecFileException } from 'node:child_process';
import { promisify } from 'node:util';
import { PARAMETER_LIMITS } from '@atelier/contracts';
import { EngineFault, EngineInputError } from '../engine.js';

/** Frames of a clip that are read at most. */
export const FRAMES_MAX = PARAMETER_LIMITS.interpolatedFramesMax;
const SIDE_MAX = PARAMETER_LIMITS.sideMax;
/** A look at a clip, by the clock; the reading of all its frames, by the processor, since it waits for whoever takes them. */
const LOOK_MS_MAX = 60_000;
const READ_CPU_SECONDS_MAX = 900;
const ALLOCATION_MAX = 512 * 1024 * 1024;

const SAFE = ['-hide_banner', '-nostdin', '-loglevel', 'error', '-max_alloc', String(ALLOCATION_MAX), '-timelimit', String(READ_CPU_SECONDS_MAX)];
const PROTOCOLS = ['-protocol_whitelist', 'file,pipe'];

export interface Clip {
  file: string;
  /** ffmpeg's name of the container. */
  demuxer: string;
}

export interface ClipFacts {
  width: number;
  height: number;
  fps: number;
  /** Frames at that steady rate, by the times its packets are shown at: pauses count. */
  frames: number;
}

export const needsFfmpeg = (): EngineFault => new EngineFault('no_ffmpeg', 'This box has no ffmpeg: install it or set FFMPEG_PATH.');

export const clipTooLong = (frames: string): EngineInputError =>
  new EngineInputError('video_too_long', `The clip has ${frames} frames at its steady rate, at most ${FRAMES_MAX} are read: cut it.`);

/** Whether the program is there and starts. */
export async function hasFfmpeg(program: string): Promise<boolean> {
  return promisify(execFile)(program, ['-version'], { timeout: 5_000 }).then(
    () => true,
    () => false,
  );
}

/** By the first bytes, never by name. @throws EngineInputError for playlists and whatever else is no clip. */
export function demuxerOf(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 12));
  if (head.toString('latin1', 4, 8) === 'ftyp') return 'mov';
  if (head.toString('hex', 0, 4) === '1a45dfa3') return 'matroska';
  throw new EngineInputError('unreadable_video', 'The input is no MP4, MOV, WebM or MKV file: convert it to MP4.');
}

const inputOf = ({ file, demuxer }: Clip): string[] => [
  ...['-threads', '1', '-max_pixels', String(SIDE_MAX * SIDE_MAX), ...PROTOCOLS],
  ...['-f', demuxer, '-i', file],
];

/**
 * Size and rate as ffmpeg would show the clip, upright, and its frames at that rate.
 * @throws EngineInputError when it cannot be read, or is larger or longer than what is worked on
 */
export async function factsOfClip(program: string, clip: Clip, signal: AbortSignal): Promise<ClipFacts> {
  const look = async (...what: string[]): Promise<string> =>
    (await collect(program, [...SAFE, ...inputOf(clip), '-map', '0:v:0', ...what, '-f', 'framecrc', '-'], signal)).toString('latin1');
  const stored = await look('-c', 'copy', '-frames:v', String(FRAMES_MAX + 1));
  checkSize(sizeIn(stored));
  const shown = await look('-vsync', 'cfr', '-frames:v', '1');
  const size = sizeIn(shown);
  checkSize(size);
  const { over, under } = unitIn(shown);
  const fps = under / over;
  if (!(size.width > 0 && fps > 0) || !Number.isFinite(fps))
    throw new EngineInputError('unreadable_video', 'The clip has no frames, or tells no frame rate above 0: export it again as MP4.');
  const frames = steadyFrames(stored, fps);
  if (frames > FRAMES_MAX) throw clipTooLong(String(frames));
  return { ...size, fps, frames };
}

/** What a list of ffmpeg's muxer `framecrc` says: the unit of its times, in seconds; the size; a line for each packet. */
const unitIn = (list: string): { over: number; under: number } => {
  const [, over, under] = /^#tb 0: (\d+)\/(\d+)$/m.exec(list) ?? [];
  return { over: Number(over), under: Number(under) };
};
const sizeIn = (list: string): { width: number; height: number } => {
  const [, width, height] = /^#dimensions 0: (\d+)x(\d+)$/m.exec(list) ?? [];
  return { width: Number(width ?? 0), height: Number(height ?? 0) };
};

/** No fewer than its packets, and as many as fill the time until the last one has been shown. */
function steadyFrames(list: string, fps: number): number {
  const { over, under } = unitIn(list);
  let packets = 0,
    end = 0;
  for (const line of list.split('\n')) {
    if (!line || line.startsWith('#')) continue;
    packets++;
    const [, , shownAt, lasts] = line.split(',').map(Number);
    end = Math.max(end, (shownAt! * over) / under + (lasts! > 0 ? (lasts! * over) / under : 1 / fps));
  }
  return Math.max(packets, Math.round(end * fps) || 0);
}

function checkSize({ width, height }: { width: number; height: number }): void {
  if (Math.max(width, height) > SIDE_MAX)
    throw new EngineInputError('video_too_large', `The clip is ${width} × ${height}, at most ${SIDE_MAX} pixels a side are worked on: scale it down.`);
}

/** RGB frames in their order, at the clip's constant rate. @throws EngineInputError at the frame that is one too many, whatever `factsOfClip` counted */
export async function* framesOf(program: string, clip: Clip, { width, height }: ClipFacts, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const steady = ['-map', '0:v:0', '-vsync', 'cfr', '-frames:v', String(FRAMES_MAX + 1), '-filter_threads', '1', '-s', `${width}x${height}`];
  const child = spawn(program, [...SAFE, ...inputOf(clip), ...steady, '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  });
  const ended = endOf(child);
  ended.catch(() => undefined);
  const size = width * height * 3;
  let frame = new Uint8Array(size),
    filled = 0,
    whole = 0;
  try {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length;) {
        const part = chunk.subarray(at, at + size - filled);
        frame.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled < size) continue;
        if (++whole > FRAMES_MAX) throw clipTooLong(`more than ${FRAMES_MAX}`);
        yield frame;
        frame = new Uint8Array(size);
        filled = 0;
      }
    }
    await ended;
  } finally {
    child.kill('SIGKILL');
  }
}

/** Sound that goes with frames, as far as there are frames for it. */
export interface Sound {
  clip: Clip;
  seconds: number;
}

/** Takes RGB frames, makes an H.264 MP4 of even sides; the sound of `sound`, if any, goes with it. */
export class Encoder {
  private readonly child;
  private readonly ended: Promise<void>;

  constructor(program: string, file: string, { width, height, fps }: { width: number; height: number; fps: number }, sound: Sound | null, signal: AbortSignal) {
    const frames = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`, '-r', String(fps), '-i', 'pipe:0'];
    const picture = ['-map', '0:v', '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '18', '-pix_fmt', 'yuv420p', '-vf', 'pad=ceil(iw/2)*2:ceil(ih/2)*2'];
    const heard = sound ? ['-t', sound.seconds.toFixed(3), ...inputOf(sound.clip)] : [];
    const audio = sound ? ['-map', '1:a:0?', '-c:a', 'aac'] : [];
    // One thread and no names or times of the making: equal frames are equal bytes.
    const plain = ['-threads', '1', '-fflags', '+bitexact', '-flags:v', '+bitexact', '-map_metadata', '-1', '-movflags', '+faststart'];
    // `-nostdin` would forbid the pipe's reading by keys only; frames still come through it.
    this.child = spawn(program, [...SAFE, ...PROTOCOLS, ...frames, ...heard, ...picture, ...audio, ...plain, '-f', 'mp4', '-y', file], {
      stdio: ['pipe', 'ignore', 'pipe'],
      signal,
      killSignal: 'SIGKILL',
    });
    this.child.stdin.on('error', () => undefined);
    this.ended = endOf(this.child);
    this.ended.catch(() => undefined);
  }

  async write(frame: Uint8Array): Promise<void> {
    if (this.child.stdin.write(frame)) return;
    await Promise.race([new Promise<void>((resolve) => this.child.stdin.once('drain', resolve)), this.ended]);
  }

  close(): Promise<void> {
    this.child.stdin.end();
    return this.ended;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}

function endOf(child: ChildProcess): Promise<void> {
  let said = '';
  child.stderr!.on('data', (data: Buffer) => (said = (said + data.toString()).slice(-2_000)));
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(isMissing(error) ? needsFfmpeg() : new EngineFault('ffmpeg_failed', `ffmpeg did not run: ${error.message}`)));
    child.once('close', (code, signal) => {
      if (code === 0) return resolve();
      if (signal === 'SIGXCPU') return reject(tooSlow());
      reject(new EngineFault('ffmpeg_failed', `ffmpeg ended with ${code ?? signal}: ${said.trim().split('\n').at(-1) ?? ''}`));
    });
  });
}

async function collect(program: string, args: string[], signal: AbortSignal): Promise<Buffer> {
  const limits = { timeout: LOOK_MS_MAX, maxBuffer: 8 * 1024 * 1024, killSignal: 'SIGKILL' } as const;
  const { stdout } = await promisify(execFile)(program, args, { signal, encoding: 'buffer', ...limits }).catch((error: ExecFileException) => {
    if (signal.aborted) throw error;
    if (isMissing(error)) throw needsFfmpeg();
    if (error.killed) throw tooSlow();
    if (error.message.includes('matches no streams')) throw new EngineInputError('unreadable_video', 'The clip has no picture: send one that has.');
    // The file's name says nothing to the user, and where it lies is nobody's business.
    const said = error.message
      .trim()
      .split('\n')
      .at(-1)!
      .replace(/^\S+\.source: /, '')
      .slice(0, 200);
    throw new EngineInputError('unreadable_video', `The clip cannot be read (${said}): export it again as MP4.`);
  });
  return stdout;
}

/** The program is not there, or is none: the box's fault, whatever it was started for. */
const isMissing = ({ code }: NodeJS.ErrnoException | ExecFileException): boolean => code === 'ENOENT' || code === 'EACCES';

const tooSlow = (): EngineInputError =>
  new EngineInputError('unreadable_video', 'The clip takes too long to read: export it again as MP4 (H.264), smaller or shorter.');
