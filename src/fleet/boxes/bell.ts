/**
 * Wakes those who wait for work, one at a time: whoever is woken and finds work rings for the next. So a ticket costs one look, not one per waiting box.
 */
export class Bell {
  /** By key; who waits is known by name. */
  private readonly waiting = new Map<string, Map<() => void, string>>();
  private readonly rings = new Map<string, number>();

  /** Remember this before looking for work, and hand it to `wait`: a ring in between is then not missed. */
  count(key: string): number {
    return this.rings.get(key) ?? 0;
  }

  /** @param name wakes this one only, out of turn: what changed concerns nobody else */
  ring(key: string, name?: string): void {
    this.rings.set(key, this.count(key) + 1);
    for (const [rang, who] of this.waiting.get(key) ?? []) if (name === undefined || who === name) return rang();
  }

  keys(): string[] {
    return [...this.waiting.keys()];
  }

  /** Resolves true when rung, false after `ms` or when the signal aborts. At once when it rang since `seen`. */
  wait(key: string, seen: number, ms: number, signal: AbortSignal, name = ''): Promise<boolean> {
    if (this.count(key) !== seen) return Promise.resolve(true);
    if (signal.aborted || ms <= 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      const waiting = this.waiting.get(key) ?? new Map<() => void, string>();
      this.waiting.set(key, waiting);
      const end = (rung: boolean): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', leave);
        waiting.delete(rang);
        if (waiting.size === 0) this.waiting.delete(key);
        resolve(rung);
      };
      const rang = (): void => end(true);
      const leave = (): void => end(false);
      const timer = setTimeout(leave, ms);
      signal.addEventListener('abort', leave);
      waiting.set(rang, name);
    });
  }
}
