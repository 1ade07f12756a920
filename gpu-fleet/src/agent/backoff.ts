/** Waits between tries: doubling with full jitter, so that a fleet whose server returns does not come back as one wave. */
export interface Backoff {
  firstMs: number;
  mostMs: number;
}

/** @param tries failures so far, ≥ 1. @param askedMs the server's `Retry-After`, a lower bound. */
export function waitMs({ firstMs, mostMs }: Backoff, tries: number, askedMs = 0, random: () => number = Math.random): number {
  const ceiling = Math.min(mostMs, firstMs * 2 ** Math.min(tries - 1, 20));
  return Math.max(askedMs, ceiling * (0.5 + random() / 2));
}

/** Resolves early, and without error, when the signal aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}
