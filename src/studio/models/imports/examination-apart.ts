import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Refusal } from '../checks/refusal.js';
import type { Examination } from './examination.js';

export type FromThread = { examination: Examination } | { refusal: { code: string; reason: string; cure: string } };

/** The worst header there can be takes some seconds and 300 MB. */
const SECONDS_MAX = 120;
const MEGABYTES_MAX = 1024;

/** Looks at a file in a thread of its own, for the length and the memory of what strangers write must not hold up everybody else. @throws Refusal */
export async function examineApart(path: string): Promise<Examination> {
  const thread = new Worker(threadFile(), { workerData: path, resourceLimits: { maxOldGenerationSizeMb: MEGABYTES_MAX } });
  const patience = setTimeout(() => void thread.terminate(), SECONDS_MAX * 1000);
  try {
    const found = await new Promise<FromThread>((resolve, reject) => {
      thread.once('message', resolve).once('error', reject);
      thread.once('exit', () => reject(new Error(`The checks did not come to an end within ${SECONDS_MAX} seconds.`)));
    });
    if ('examination' in found) return found.examination;
    throw new Refusal(found.refusal.code, found.refusal.reason, found.refusal.cure);
  } finally {
    clearTimeout(patience);
    await thread.terminate();
  }
}

function threadFile(): URL {
  const file = import.meta.url.endsWith('.ts')
    ? new URL('../../../../dist/studio/models/imports/examination-thread.js', import.meta.url)
    : new URL('./examination-thread.js', import.meta.url);
  if (!existsSync(fileURLToPath(file))) throw new Error(`${fileURLToPath(file)} is missing: run \`npx tsc -b\` first.`);
  return file;
}
