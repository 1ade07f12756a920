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
/** The entry is written before the end is told, but so many looks may come between. */
const HISTORY_LOOK_MS = 100;
const HISTORY_LOOKS = 20;

/**
 * A server that misses an answer, breaks a connection or answers nonsense is asked again. What hangs is a prompt that has begun, or a server that answers
 * nothing, and is not heard of for `hangMs`; time in the queue does not count, nor what a closed socket could not hear while the server answers.
 * @throws EngineFault `prompt_lost` when neither queue nor history knows it: the server was started anew, and nothing was made; `engine_hung`;
 * whatever aborted
 */
export async function follow(client: ComfyClient, f: Following): Promise<HistoryEntry> {
  let aliveAt = Date.now();
  let ended = false;
  let wake: () => void = () => undefined;
  let isDoubtful = false;
  const isOurs = (data: Record<string, unknown>): boolean => data['prompt_id'] === f.promptId;
  client.listen({
    onEvent: ({ type, data }) => {
      if (!isOurs(data)) return;
      aliveAt = Date.now();
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
      if (promptId !== null && promptId !== f.promptId) return;
      aliveAt = Date.now();
      f.onPreview(image);
    },
    onReconnect: () => {
      aliveAt = Date.now();
      isDoubtful = true;
    },
  });
  const aborted = new Promise<never>((_, reject) => {
    if (f.signal.aborted) reject(new EngineFault('aborted', 'The task was stopped.'));
    f.signal.addEventListener('abort', () => reject(new EngineFault('aborted', 'The task was stopped.')), { once: true });
  });
  aborted.catch(() => undefined);
  /** A request that hangs keeps nobody from being stopped. */
  const orCut = <T>(work: Promise<T>): Promise<T> => Promise.race([work, aborted, f.crashed]);
  try {
    // Not raced: whoever stops a prompt must know that it is queued, or his word comes before it.
    await f.begin();
    aliveAt = Date.now();
    let askedAt = -Infinity;
    for (let emptyLooks = 0; ; await orCut(pause(ended ? HISTORY_LOOK_MS : LOOK_MS, (resolve) => (wake = resolve)))) {
      // In a long step it is not asked more often than it would have to speak.
      const lastAt = Math.max(aliveAt, askedAt);
      if (!ended && !isDoubtful && Date.now() - lastAt < f.quietMs) continue;
      isDoubtful = false;
      askedAt = Date.now();
      const found = await orCut((ended ? written : whereabouts)(client, f.promptId).catch((error: Error) => error));
      const isQuiet = Date.now() - aliveAt > f.hangMs;
      if (found === 'pending') aliveAt = Date.now();
      else if (found === 'running') {
        if (isQuiet && client.isOpen) throw hung(f.hangMs);
      } else if (found instanceof Error) {
        if (isQuiet) throw hung(f.hangMs, found.message);
      } else if (found !== 'nowhere') return found;
      else if (!ended) throw new EngineFault('prompt_lost', 'ComfyUI knows nothing of the prompt any more: it was started anew. Nothing was made.');
      else if (++emptyLooks > HISTORY_LOOKS)
        throw new EngineFault('prompt_lost', 'ComfyUI says that the prompt has ended, but its history does not hold it. Nothing was made.');
    }
  } finally {
    client.listen(null);
  }
}

const hung = (quietMs: number, lastAnswer = ''): EngineFault =>
  new EngineFault('engine_hung', `ComfyUI has said nothing for ${Math.round(quietMs / 1000)} s while it works on the prompt. ${lastAnswer}`.trim());

/** Until the next look, or until it is woken. */
function pause(ms: number, wakeable: (wake: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    wakeable(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

type Whereabouts = HistoryEntry | 'running' | 'pending' | 'nowhere';

/** Queue before history: what moves from one to the other between two looks is found in the second. */
async function whereabouts(client: ComfyClient, promptId: string): Promise<Whereabouts> {
  const place = await client.isQueued(promptId);
  if (place) return place;
  // It may have moved on to the queue's other end just now.
  return (await client.history(promptId)) ?? (await client.isQueued(promptId)) ?? 'nowhere';
}

async function written(client: ComfyClient, promptId: string): Promise<Whereabouts> {
  return (await client.history(promptId)) ?? 'nowhere';
}
