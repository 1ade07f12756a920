import type { WeightFormat } from '@atelier/contracts';
import { openBytes } from '../checks/file-bytes.js';
import { inspect } from '../checks/inspect.js';
import { detect, type Detected } from './detect.js';

/** What looking at a file finds. */
export interface Examination {
  format: WeightFormat;
  /** Names of the checks that were passed. */
  checks: string[];
  detected: Detected;
  /** The picture in its header, as a data address has it; not yet drawn anew. */
  thumbnail: string | null;
}

const THUMBNAIL_MAX = 10 * 1024 * 1024;

/** @throws Refusal */
export async function examine(path: string): Promise<Examination> {
  const file = await openBytes(path);
  const found = await inspect(file).finally(() => file.close());
  if (found.format === 'onnx') return { format: 'onnx', checks: found.checks, detected: { type: 'onnx', base: null, triggerWords: [] }, thumbnail: null };
  const { facts, checks } = found;
  return { format: 'safetensors', checks, detected: detect(facts), thumbnail: thumbnailIn(facts.metadata) };
}

/** The picture that trainers put into the header (`modelspec.thumbnail`, a data address). */
function thumbnailIn(metadata: ReadonlyMap<string, string>): string | null {
  const [, base64] = /^data:image\/(?:jpeg|png|webp);base64,([A-Za-z0-9+/=]+)$/.exec(metadata.get('modelspec.thumbnail') ?? '') ?? [];
  return base64 === undefined || base64.length > THUMBNAIL_MAX ? null : base64;
}
