import { PARAMETER_LIMITS } from '@atelier/contracts';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { coreConfig, type ConfigOf } from '../../platform/config/index.js';
import { assertNoTransaction } from '../../platform/database/index.js';
import { refuseUnwieldy } from '../../platform/http/index.js';
import { newId } from '../../platform/ids/index.js';
import { log } from '../../platform/telemetry/index.js';
import { brokenPicture, fileTooLarge, foreignType, svgRefused, tooManyPixels, typeMismatch, wrongDigest, wrongSize } from './assets.errors.js';
import { sniffFilm, type FilmType } from './film-header.js';
import { FilmReader } from './film-reader.service.js';
import type { FilmFacts } from './film-facts.js';
import { readImageHeader, type AcceptedType, type ByteSource } from './image-header.js';
import { decodePicture } from './picture.js';
import { ATELIER_KEYWORD, readPngText } from './png-chunks.js';
import { assetsConfig } from './settings.js';
import { Turnstile } from './turnstile.js';

/** What was said about a file before it came. */
export interface Declared {
  /** Undefined or `application/octet-stream`: nothing was said. */
  contentType?: string;
  bytes?: number;
  sha256?: string | null;
}
/** A file that is what it says and can be decoded whole. */
export interface CheckedFile {
  path: string;
  bytes: number;
  sha256: string;
  contentType: AcceptedType | FilmType;
  /** Pixels as displayed. */
  width: number;
  height: number;
  /** What an earlier stay here wrote into the file: not to be trusted, shown only to the person who brought it. */
  embedded: Record<string, unknown> | null;
  /** Null for a picture. */
  film: FilmFacts | null;
}

type Facts = Pick<CheckedFile, 'contentType' | 'width' | 'height' | 'embedded' | 'film'>;

const DECODERS = 2;
const ABANDONED_MS = 3_600_000;
const HEAD_BYTES = 256 * 1024;

/** Takes pictures and films in: to disk first, never whole in memory; what they are is read from their headers before a decoder sees them. */
@Injectable()
export class FileIntake implements OnModuleInit {
  private readonly log = log('studio/assets');
  private readonly decoders = new Turnstile(DECODERS);
  private readonly folder: string;

  constructor(
    @Inject(coreConfig.token) core: ConfigOf<typeof coreConfig>,
    @Inject(assetsConfig.token) private readonly settings: ConfigOf<typeof assetsConfig>,
    private readonly films: FilmReader,
  ) {
    this.folder = join(core.home, 'intake');
  }

  get maxBytes(): number {
    return this.settings.uploadMaxBytes;
  }

  async onModuleInit(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    // Folders in it belong to others, who tidy them up themselves.
    for (const entry of await readdir(this.folder, { withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(this.folder, entry.name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
      if (Date.now() - mtimeMs > ABANDONED_MS) await rm(path, { force: true });
    }
  }

  /**
   * Checks the file that `source` brings and hands it to `use`; afterwards its copy here is gone.
   * @throws DomainError 413 `file_too_large`, `too_many_pixels`; 415 `unsupported_type`, `type_mismatch`; 422 `unreadable_image`, `unreadable_video`, `size_mismatch`, `digest_mismatch`
   */
  async check<T>(source: Readable, declared: Declared, use: (image: CheckedFile) => Promise<T>): Promise<T> {
    assertNoTransaction('FileIntake.check');
    const path = join(this.folder, newId());
    try {
      const landed = await this.land(source, path);
      if (declared.bytes !== undefined && declared.bytes !== landed.bytes) throw wrongSize(declared.bytes, landed.bytes);
      if (declared.sha256 && declared.sha256 !== landed.sha256) throw wrongDigest();
      return await use({ path, ...landed, ...(await this.inspect(path, declared.contentType)) });
    } finally {
      await rm(path, { force: true });
    }
  }

  private async land(source: Readable, path: string): Promise<{ bytes: number; sha256: string }> {
    const hash = createHash('sha256');
    const max = this.settings.uploadMaxBytes;
    let bytes = 0;
    await pipeline(
      source,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          bytes += chunk.length;
          if (bytes > max) throw fileTooLarge(max);
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(path, { flags: 'wx', mode: 0o600 }),
    );
    return { bytes, sha256: hash.digest('hex') };
  }

  private async inspect(path: string, declaredType: string | undefined): Promise<Facts> {
    const file = await open(path, 'r');
    try {
      const read: ByteSource = async (position, length) => {
        const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position, length });
        return buffer.subarray(0, bytesRead);
      };
      const film = sniffFilm(await read(0, 64));
      if (film) {
        matching(declaredType, film);
        const { width, height, ...facts } = await this.films.read(path, film);
        return { contentType: film, width, height, embedded: null, film: facts };
      }
      const header = await readImageHeader(read);
      if ('fault' in header) throw header.fault === 'svg' ? svgRefused() : header.fault === 'foreign' ? foreignType() : brokenPicture();
      matching(declaredType, header.contentType);
      if (header.width * header.height > PARAMETER_LIMITS.uploadPixelsMax) throw tooManyPixels(header.width, header.height);
      const size = await this.decoders
        .run(() => decodePicture(path))
        .catch((error: unknown) => {
          this.log.info({ err: error }, 'an uploaded picture could not be decoded');
          throw brokenPicture();
        });
      return { contentType: header.contentType, ...size, embedded: embeddedIn(await read(0, HEAD_BYTES)), film: null };
    } finally {
      await file.close();
    }
  }
}

/** @throws DomainError 415 `type_mismatch` */
function matching(declaredType: string | undefined, real: string): void {
  const said = declaredType === 'image/jpg' ? 'image/jpeg' : declaredType;
  if (said && said !== 'application/octet-stream' && said !== real) throw typeMismatch(said, real);
}

function embeddedIn(head: Buffer): Record<string, unknown> | null {
  try {
    const text = readPngText(head, ATELIER_KEYWORD) ?? 'null';
    const value: unknown = JSON.parse(text);
    // It is stored as it is: what no request may hold, and what the database cannot, is left out.
    refuseUnwieldy(value);
    if (/\\u0000|\0/.test(text)) return null;
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
