import { PARAMETER_LIMITS } from '@atelier/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { spawn } from 'node:child_process';
import type { ConfigOf } from '../../platform/config/index.js';
import { log } from '../../platform/telemetry/index.js';
import type { FilmFacts } from './film-facts.js';
import { brokenFilm, filmsUnreadable, filmTooLarge } from './assets.errors.js';
import type { FilmType } from './film-header.js';
import { assetsConfig } from './settings.js';
import { Turnstile } from './turnstile.js';

const READERS = 1;
const SECONDS_MAX = 30;
const OUTPUT_MAX_BYTES = 64 * 1024 * 1024;
/** Ten minutes of 60 frames a second. */
const FRAMES_MAX = 36_000;
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
    avg_frame_rate?: string;
    nb_read_packets?: string;
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
    const entries = 'stream=codec_name,width,height,avg_frame_rate,nb_read_packets:stream_side_data=rotation';
    const found = await this.run(this.settings.ffprobe, [
      ...careful(path, type),
      '-select_streams',
      'v:0',
      '-count_packets',
      '-show_entries',
      entries,
      '-of',
      'json',
    ]);
    const film = filmOf(JSON.parse(found.toString('utf8')) as Probed);
    if (!film) throw brokenFilm();
    if (film.frames > FRAMES_MAX || Math.max(film.width, film.height) > PARAMETER_LIMITS.sideMax)
      throw filmTooLarge(film, FRAMES_MAX, PARAMETER_LIMITS.sideMax);
    await this.poster(path, type);
    return film;
  }

  /** Its first frame as a PNG. */
  poster(path: string, type: FilmType): Promise<Buffer> {
    const frame = ['-map', '0:v:0', '-frames:v', '1', '-f', 'image2pipe', '-c:v', 'png', 'pipe:1'];
    return this.run(this.settings.ffmpeg, ['-nostdin', '-threads', '1', ...careful(path, type), ...frame]);
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

function filmOf({ streams }: Probed): ReadFilm | null {
  const [stream] = streams ?? [];
  if (!stream?.codec_name || !CODECS.includes(stream.codec_name)) return null;
  const [numerator, denominator] = (stream.avg_frame_rate ?? '').split('/').map(Number);
  const fps = Math.round((numerator! / denominator!) * 1000) / 1000;
  const frames = Number(stream.nb_read_packets);
  const { width = 0, height = 0 } = stream;
  if (!(fps > 0 && fps <= 1000 && frames > 0 && width > 0 && height > 0)) return null;
  const lies = (stream.side_data_list ?? []).some(({ rotation }) => rotation !== undefined && Math.abs(rotation) % 180 === 90);
  return { frames, fps, durationSeconds: Math.round((frames / fps) * 1000) / 1000, ...(lies ? { width: height, height: width } : { width, height }) };
}
