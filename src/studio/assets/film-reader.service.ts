import { PARAMETER_LIMITS } from '@atelier/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { spawn } from 'node:child_process';
import type { ConfigOf } from '../../platform/config/index.js';
import { log } from '../../platform/telemetry/index.js';
import type { FilmFacts } from './film-facts.js';
import { brokenFilm, filmsUnreadable, filmTooLarge } from './assets.errors.js';
import { filmFactsOf } from './film-frames.js';
import type { FilmType } from './film-header.js';
import { assetsConfig } from './settings.js';
import { Turnstile } from './turnstile.js';

const READERS = 1;
const SECONDS_MAX = 30;
const OUTPUT_MAX_BYTES = 64 * 1024 * 1024;
/** Ten minutes of 60 frames a second. */
const FRAMES_MAX = 36_000;
const SIDE_MAX = PARAMETER_LIMITS.sideMax;
const CODECS = ['h264', 'hevc', 'vp8', 'vp9', 'av1'];
/** The demuxer is named, so that a file cannot choose one that opens other files; nothing but the file itself may be opened. */
const DEMUXERS: Record<FilmType, string> = { 'video/mp4': 'mov', 'video/webm': 'matroska' };
const careful = (path: string, type: FilmType): string[] => [
  '-v',
  'error',
  '-max_alloc',
  '268435456',
  '-protocol_whitelist',
  'file',
  '-f',
  DEMUXERS[type],
  '-i',
  path,
];

export interface ReadFilm extends FilmFacts {
  /** Pixels as displayed. */
  width: number;
  height: number;
}

/** What ffprobe says of a file. */
interface Probed {
  streams?: {
    codec_name?: string;
    width?: number;
    height?: number;
    side_data_list?: { rotation?: number }[];
  }[];
}

/** Measures of films, and pictures of them, by ffmpeg in a process of its own with bounds on time and memory. */
@Injectable()
export class FilmReader {
  private readonly log = log('studio/assets');
  private readonly readers = new Turnstile(READERS);

  constructor(@Inject(assetsConfig.token) private readonly settings: ConfigOf<typeof assetsConfig>) {}

  /** @throws DomainError 422 `unreadable_video`; 413 `video_too_large`; 503 `video_unavailable` where there is no ffmpeg */
  async read(path: string, type: FilmType): Promise<ReadFilm> {
    const entries = 'stream=codec_name,width,height:stream_side_data=rotation';
    const found = await this.run(this.settings.ffprobe, [...careful(path, type), '-select_streams', 'v:0', '-show_entries', entries, '-of', 'json']);
    const size = sizeOf(JSON.parse(found.toString('utf8')) as Probed);
    if (!size) throw brokenFilm();
    if (Math.max(size.width, size.height) > SIDE_MAX) throw filmTooLarge(size, FRAMES_MAX, SIDE_MAX);
    const packets = await this.list(path, type, '-c', 'copy', '-frames:v', String(FRAMES_MAX + 1));
    const film = filmFactsOf(packets, await this.list(path, type, '-vsync', 'cfr', '-frames:v', '1'));
    if (!film) throw brokenFilm();
    if (film.frames > FRAMES_MAX) throw filmTooLarge({ ...size, frames: film.frames }, FRAMES_MAX, SIDE_MAX);
    return { ...film, ...size };
  }

  /** Its first frame as a PNG. */
  poster(path: string, type: FilmType): Promise<Buffer> {
    const frame = ['-map', '0:v:0', '-frames:v', '1', '-f', 'image2pipe', '-c:v', 'png', 'pipe:1'];
    return this.ffmpeg(path, type, frame);
  }

  private async list(path: string, type: FilmType, ...what: string[]): Promise<string> {
    return (await this.ffmpeg(path, type, ['-map', '0:v:0', ...what, '-f', 'framecrc', 'pipe:1'])).toString('latin1');
  }

  private ffmpeg(path: string, type: FilmType, what: string[]): Promise<Buffer> {
    return this.run(this.settings.ffmpeg, ['-nostdin', '-threads', '1', '-max_pixels', String(SIDE_MAX * SIDE_MAX), ...careful(path, type), ...what]);
  }

  private run(program: string, args: string[]): Promise<Buffer> {
    return this.readers.run(
      () =>
        new Promise<Buffer>((resolve, reject) => {
          const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: SECONDS_MAX * 1000, killSignal: 'SIGKILL' });
          const chunks: Buffer[] = [];
          let bytes = 0;
          let said = '';
          child.stdout.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > OUTPUT_MAX_BYTES) child.kill('SIGKILL');
            else chunks.push(chunk);
          });
          child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString('utf8')).slice(-500)));
          child.on('error', () => reject(filmsUnreadable(program)));
          child.on('close', (code) => {
            if (code === 0 && bytes > 0 && bytes <= OUTPUT_MAX_BYTES) return resolve(Buffer.concat(chunks));
            this.log.info({ code, said }, 'an uploaded film could not be read');
            reject(brokenFilm());
          });
        }),
    );
  }
}

function sizeOf({ streams }: Probed): { width: number; height: number } | null {
  const [stream] = streams ?? [];
  if (!stream?.codec_name || !CODECS.includes(stream.codec_name)) return null;
  const { width = 0, height = 0 } = stream;
  if (!(width > 0 && height > 0)) return null;
  const lies = (stream.side_data_list ?? []).some(({ rotation }) => rotation !== undefined && Math.abs(rotation) % 180 === 90);
  return lies ? { width: height, height: width } : { width, height };
}
