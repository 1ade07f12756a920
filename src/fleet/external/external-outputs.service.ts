import type { TaskOutput } from '@atelier/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import sharp from 'sharp';
import type { ConfigOf } from '../../platform/config/index.js';
import { SafeFetch } from '../../platform/safe-fetch/index.js';
import { Storage } from '../../platform/storage/index.js';
import { outputKey } from '../boxes/index.js';
import { fleetConfig } from '../pools/index.js';

const FETCH_MS = 60_000;
const PIXELS_MAX = 100_000_000;

interface Found {
  body: Buffer;
  contentType: string;
  width: number | null;
  height: number | null;
}

/** Brings what the service made into the house: fetched with caps, opened to see that it is what it should be, stored under the attempt's own key. */
@Injectable()
export class ExternalOutputs {
  constructor(
    private readonly safeFetch: SafeFetch,
    private readonly storage: Storage,
    @Inject(fleetConfig.token) private readonly config: ConfigOf<typeof fleetConfig>,
  ) {}

  /** Null: the service's output is no picture or film at one address. @throws DomainError `fetch_…` */
  async bring(owner: { tenantId: string; taskId: string; attempt: number }, slot: string, output: unknown, model: string): Promise<TaskOutput | null> {
    const url: unknown = [output].flat()[0];
    if (typeof url !== 'string') return null;
    const answer = await this.safeFetch.fetch(url, { maxBytes: this.config.outputMaxBytes, timeoutMs: FETCH_MS });
    const found = answer.status === 200 ? await open(answer.body) : null;
    if (!found) return null;
    const { body, contentType, width, height } = found;
    const sha256 = createHash('sha256').update(body).digest('hex');
    const key = outputKey(owner, { slot, sha256, contentType });
    await this.storage.put(key, body, { contentType });
    return { slot, key, sha256, bytes: body.length, contentType, width, height, metadata: { engine: 'external', model } };
  }
}

/** By the bytes, whatever their server calls them. Pictures of other kinds become PNG, which the house delivers. */
async function open(body: Buffer): Promise<Found | null> {
  if (body.subarray(4, 8).toString('latin1') === 'ftyp') return { body, contentType: 'video/mp4', width: null, height: null };
  try {
    const { data, info } = await sharp(body, { limitInputPixels: PIXELS_MAX }).png().toBuffer({ resolveWithObject: true });
    return { body: data, contentType: 'image/png', width: info.width, height: info.height };
  } catch {
    return null;
  }
}
