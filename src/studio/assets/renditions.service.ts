import { Injectable } from '@nestjs/common';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { pipeline as write } from 'node:stream/promises';
import { Storage } from '../../platform/storage/index.js';
import type { AssetRow } from './asset.entity.js';
import type { ThumbnailSize } from './assets.dto.js';
import type { FilmType } from './film-header.js';
import { FilmReader } from './film-reader.service.js';
import { makeThumbnail, rewrite } from './picture.js';
import { pngTextStripper } from './png-chunks.js';
import { plainKey, thumbnailKey } from './storage-keys.js';
import { Turnstile } from './turnstile.js';

const PAINTERS = 2;
const REMEMBERED = 20_000;

/** Thumbnails, and files without their metadata: made when first asked for, kept in storage beside the original. */
@Injectable()
export class Renditions {
  private readonly painters = new Turnstile(PAINTERS);
  private readonly making = new Map<string, Promise<void>>();
  /** Keys that this process has seen in storage: saves a question per view. A removed rendition belongs to an asset that nobody can see. */
  private readonly known = new Set<string>();

  constructor(
    private readonly storage: Storage,
    private readonly films: FilmReader,
  ) {}

  /** Key of a WebP that fits into a square of `size` pixels. */
  thumbnail(tenantId: string, asset: AssetRow, size: ThumbnailSize): Promise<string> {
    return this.ensure(thumbnailKey(tenantId, asset.id, size), async (key) => {
      const source = await this.storage.get(asset.storageKey);
      const picture = asset.type === 'video' ? Readable.from([await this.poster(source, asset.contentType as FilmType)]) : source;
      await this.storage.put(key, await makeThumbnail(picture, size), { contentType: 'image/webp' });
    });
  }

  /** Key of the same picture without prompt, parameters and camera data. PNG keeps every pixel; JPEG and WebP are written anew at quality 95. */
  plain(tenantId: string, asset: AssetRow): Promise<string> {
    return this.ensure(plainKey(tenantId, asset.id), async (key) => {
      const source = await this.storage.get(asset.storageKey);
      const { contentType } = asset;
      if (contentType === 'image/jpeg' || contentType === 'image/webp') await this.storage.put(key, await rewrite(source, contentType), { contentType });
      // A failure of the source ends the stripper, and with it the put.
      else
        await this.storage.put(
          key,
          pipeline(source, pngTextStripper(), () => undefined),
          { contentType },
        );
    });
  }

  /** A reader of films looks back and forth, so that the film lies on disk while it is read. */
  private async poster(source: Readable, type: FilmType): Promise<Buffer> {
    const folder = await mkdtemp(join(tmpdir(), 'atelier-poster-'));
    try {
      const path = join(folder, 'film');
      await write(source, createWriteStream(path));
      return await this.films.poster(path, type);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  private async ensure(key: string, make: (key: string) => Promise<void>): Promise<string> {
    if (this.known.has(key)) return key;
    let making = this.making.get(key);
    if (!making) {
      making = this.lookOrMake(key, make).finally(() => this.making.delete(key));
      this.making.set(key, making);
    }
    await making;
    return key;
  }

  private async lookOrMake(key: string, make: (key: string) => Promise<void>): Promise<void> {
    if (!(await this.storage.head(key))) await this.painters.run(() => make(key));
    if (this.known.size >= REMEMBERED) this.known.clear();
    this.known.add(key);
  }
}
