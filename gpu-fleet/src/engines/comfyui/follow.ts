/** From a submitted prompt to its entry in the history, whatever happens to socket and server on the way. */
import { EngineFault } from '../engine.js';
import type { ComfyClient, HistoryEntry } from './client.js';

export interface Following {
  promptId: string;
  signal: AbortSignal;
  /** Submits the prompt, or throws; called when the socket is listened to, because a prompt may end before its submission is answered. */
  begin: () => Promise<void>;
  /** Of a node of the prompt. */
  onProgress: (node: string, value: number, max: number) => void;
  onExecuting: (node: string) => void;
  onPreview: (image: Uint8Array) => void;
  /** Rejects when the process has ended. */
  crashed: Promise<never>;
  /** Silence after which the server is asked, and silence of a running prompt after which it counts as hung. */
  quietMs: number;
  hangMs: number;
}

/** The end wakes at once; what nobody tells, such as silence, is looked for so often. */
const LOOK_MS = 250;
/** The entry is written before the end is told, but two looks may come between. */
const HISTORY_LOOKS = 20;

/**
 * @throws EngineFault `prompt_lost` when neither queue nor history knows it: the server was started anew, and nothing was made; `engine_hung`;
 * whatever aborted
 */
export async function follow(client: ComfyClient, f: Following): Promise<HistoryEntry> {
  let heardAt = Date.now();
  let ended = false;
  let wake: () => void = () => undefined;
  let isDoubtful = false;
  let askedAt = -Infinity;
  const isOurs = (data: Record<string, unknown>): boolean => data['prompt_id'] === f.promptId;
  client.listen({
    onEvent: ({ type, data }) => {
      if (!isOurs(data)) return;
      heardAt = Date.now();
      if (type === 'executing' && data['node'] === null) {
        ended = true;
        wake();
      } else if (type === 'executing' && typeof data['node'] === 'string') f.onExecuting(data['node']);
      else if (type === 'progress') f.onProgress(String(data['node']), Number(data['value']), Number(data['max']));
      else if (type === 'progress_state') {
        for (const [node, state] of Object.entries((data['nodes'] as Record<string, { value: number; max: number; state: string }> | undefined) ?? {}))
          if (state?.state === 'running') f.onProgress(node, Number(state.value), Number(state.max));
      }
    },
    onPreview: ({ promptId, image }) => {
      heardAt = Date.now();
      if (promptId === null || promptId === f.promptId) f.onPreview(image);
    },
    onReconnect: () => void (isDoubtful = true),
  });
  const aborted = new Promise<never>((_, reject) => {
    if (f.signal.aborted) reject(new EngineFault('aborted', 'The task was stopped.'));
    f.signal.addEventListener('abort', () => reject(new EngineFault('aborted', 'The task was stopped.')), { once: true });
  });
  aborted.catch(() => undefined);
  try {
    // Not raced: whoever stops a prompt must know that it is queued, or his word comes before it.
    await f.begin();
    heardAt = Date.now();
    for (;;) {
      if (!ended) await Promise.race([pause((resolve) => (wake = resolve)), aborted, f.crashed]);
      if (ended) return await written(client, f.promptId);
      const quiet = Date.now() - heardAt;
      // In a long step it is not asked more often than it would have to speak.
      if (!isDoubtful && (quiet < f.quietMs || Date.now() - askedAt < f.quietMs)) continue;
      isDoubtful = false;
      askedAt = Date.now();
      const found = await reconciled(client, f.promptId, quiet, f.hangMs).catch((error: unknown) => {
        // A busy machine misses an answer; one that gives none for so long hangs.
        if (!(error instanceof EngineFault) || error.code !== 'engine_silent') throw error;
        if (Date.now() - heardAt > f.hangMs) throw hung(Date.now() - heardAt);
        return null;
      });
      if (found) return found;
    }
  } finally {
    client.listen(null);
  }
}

const hung = (quietMs: number): EngineFault =>
  new EngineFault('engine_hung', `ComfyUI has said nothing for ${Math.round(quietMs / 1000)} s while it works on the prompt.`);

/** Until the next look, or until it is woken. */
function pause(wakeable: (wake: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, LOOK_MS);
    wakeable(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Queue before history: what moves from one to the other between two looks is found in the second. Null: it is still on its way. */
async function reconciled(client: ComfyClient, promptId: string, quietMs: number, hangMs: number): Promise<HistoryEntry | null> {
  const place = await client.isQueued(promptId);
  if (place === 'running' && quietMs > hangMs) throw hung(quietMs);
  if (place) return null;
  const entry = await client.history(promptId);
  if (entry) return entry;
  // It may have moved on to the queue's other end just now.
  if (await client.isQueued(promptId)) return null;
  throw new EngineFault('prompt_lost', 'ComfyUI knows nothing of the prompt any more: it was started anew. Nothing was made.');
}

async function written(client: ComfyClient, promptId: string): Promise<HistoryEntry> {
  for (let look = 0; look < HISTORY_LOOKS; look++) {
    const entry = await client.history(promptId);
    if (entry) return entry;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new EngineFault('prompt_lost', 'ComfyUI says that the prompt has ended, but its history does not hold it. Nothing was made.');
}
