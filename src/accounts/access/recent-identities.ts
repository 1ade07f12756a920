import type { Identity } from './identity.js';

interface Entry {
  identity: Identity;
  /** Milliseconds of the clock at which the look-up began. */
  since: number;
}

/** Rights that are known may be this old; with the look-up itself that is less than the 5 s within which a revocation takes effect. */
const FRESH_MS = 4000;
const ENTRIES_MAX = 20_000;

/**
 * Identities of the last seconds by digest of their credential, so that a busy key costs one look-up every few seconds and not one a request.
 * Requests that need the same one at once share the look-up. News about an id drops what it concerns, also what is still being looked up.
 */
export class RecentIdentities {
  private readonly known = new Map<string, Entry>();
  private readonly loading = new Map<string, Promise<Identity>>();
  private news = 0;

  constructor(private readonly nowMs: () => number) {}

  find(digest: string): Identity | undefined {
    const entry = this.known.get(digest);
    if (entry && this.nowMs() - entry.since < FRESH_MS) return entry.identity;
    return undefined;
  }

  load(digest: string, lookUp: () => Promise<Identity>): Promise<Identity> {
    const running = this.loading.get(digest);
    if (running) return running;
    const since = this.nowMs();
    const news = this.news;
    const started = lookUp()
      .then((identity) => {
        if (news === this.news) this.keep(digest, { identity, since });
        return identity;
      })
      .finally(() => this.loading.delete(digest));
    this.loading.set(digest, started);
    return started;
  }

  drop(concerned: (identity: Identity) => boolean): void {
    this.news++;
    // Whoever asks from now on must not share a look-up that began before the news.
    this.loading.clear();
    for (const [digest, { identity }] of this.known) if (concerned(identity)) this.known.delete(digest);
  }

  private keep(digest: string, entry: Entry): void {
    this.known.delete(digest);
    this.known.set(digest, entry);
    if (this.known.size > ENTRIES_MAX) this.known.delete(this.known.keys().next().value!);
  }
}
