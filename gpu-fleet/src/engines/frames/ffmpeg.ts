/** ffmpeg as a child: no network protocols, no terminal, a named container only. Frames pass through pipes, one at a time. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { promisify } from 'node:util';
import { EngineFault, EngineInputError } from '../engine.js';

const SAFE = ['-hide_banner', '-nostdin', '-loglevel', 'error'];
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
  /** Packets of its picture track: an estimate of its frames. */
  frames: number;
}

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
  if (head.readUInt32BE(0) === 0x1a45dfa3) return 'matroska';
  if (head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 11) === 'AVI') return 'avi';
  throw new EngineInputError('unreadable_video', 'The input is no MP4, MOV, WebM, MKV or AVI file: convert it to MP4.');
}

export const inputOf = ({ file, demuxer }: Clip): string[] => [...PROTOCOLS, '-f', demuxer, '-i', file];

/** Size and rate as ffmpeg would show the clip, upright. @throws EngineInputError when it cannot be read. */
export async function factsOfClip(program: string, clip: Clip, signal: AbortSignal): Promise<ClipFacts> {
  const [first, packets] = await Promise.all([
    collect(program, [...SAFE, ...inputOf(clip), '-map', '0:v:0', '-frames:v', '1', '-pix_fmt', 'yuv420p', '-f', 'yuv4mpegpipe', '-'], signal),
    collect(program, [...SAFE, ...inputOf(clip), '-map', '0:v:0', '-c', 'copy', '-f', 'framecrc', '-'], signal),
  ]);
  const header = first.subarray(0, Math.max(0, first.indexOf(0x0a))).toString('latin1');
  const [, width, height, over, under] = /^YUV4MPEG2 W(\d+) H(\d+) F(\d+):(\d+)/.exec(header) ?? [];
  const fps = Number(over) / Number(under);
  if (!width || !(fps > 0) || !Number.isFinite(fps))
    throw new EngineInputError('unreadable_video', 'The clip has no frames, or tells no frame rate above 0: export it again as MP4.');
  const frames = packets
    .toString('latin1')
    .split('\n')
    .filter((line) => line && !line.startsWith('#')).length;
  return { width: Number(width), height: Number(height), fps, frames };
}

/** RGB frames in their order, at the clip's constant rate. */
export async function* framesOf(program: string, clip: Clip, { width, height }: ClipFacts, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const child = spawn(program, [...SAFE, ...inputOf(clip), '-map', '0:v:0', '-vsync', 'cfr', '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  });
  const ended = endOf(child);
  ended.catch(() => undefined);
  const size = width * height * 3;
  let frame = new Uint8Array(size),
    filled = 0;
  try {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length;) {
        const part = chunk.subarray(at, at + size - filled);
        frame.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled < size) continue;
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

/** Takes RGB frames, makes an H.264 MP4 of even sides; the sound of `sound`, if any, goes with it. */
export class Encoder {
  private readonly child;
  private readonly ended: Promise<void>;

  constructor(program: string, file: string, { width, height, fps }: { width: number; height: number; fps: number }, sound: Clip | null, signal: AbortSignal) {
    const frames = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`, '-r', String(fps), '-i', 'pipe:0'];
    const picture = ['-map', '0:v', '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '18', '-pix_fmt', 'yuv420p', '-vf', 'pad=ceil(iw/2)*2:ceil(ih/2)*2'];
    const audio = sound ? ['-map', '1:a?', '-c:a', 'aac'] : [];
    // One thread and no names or times of the making: equal frames are equal bytes.
    const plain = ['-threads', '1', '-fflags', '+bitexact', '-flags:v', '+bitexact', '-map_metadata', '-1', '-movflags', '+faststart'];
    // `-nostdin` would forbid the pipe's reading by keys only; frames still come through it.
    this.child = spawn(program, [...SAFE, ...PROTOCOLS, ...frames, ...(sound ? inputOf(sound) : []), ...picture, ...audio, ...plain, '-f', 'mp4', '-y', file], {
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
    child.once('error', (error) => reject(new EngineFault('ffmpeg_failed', `ffmpeg did not run: ${error.message}`)));
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new EngineFault('ffmpeg_failed', `ffmpeg ended with ${code}: ${said.trim().split('\n').at(-1) ?? ''}`)),
    );
  });
}

async function collect(program: string, args: string[], signal: AbortSignal): Promise<Buffer> {
  const { stdout } = await promisify(execFile)(program, args, { signal, encoding: 'buffer', maxBuffer: 256 * 1024 * 1024, killSignal: 'SIGKILL' }).catch(
    (error: Error) => {
      throw signal.aborted
        ? error
        : new EngineInputError(
            'unreadable_video',
            `The clip cannot be read (${error.message.trim().split('\n').at(-1)!.slice(0, 200)}): export it again as MP4.`,
          );
    },
  );
  return stdout;
}
