/** The thread in which one file is looked at. */
import { parentPort, workerData } from 'node:worker_threads';
import { Refusal } from '../checks/refusal.js';
import { examine } from './examination.js';
import type { FromThread } from './examination-apart.js';

const tell = (message: FromThread): void => parentPort!.postMessage(message);
try {
  tell({ examination: await examine(workerData as string) });
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  const { code, reason, cure } = error;
  tell({ refusal: { code, reason, cure } });
}
