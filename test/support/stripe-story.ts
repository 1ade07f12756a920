import { newId, typeId } from '../../src/platform/ids/index.js';
import type { Stage, Thing } from './stripe-things.js';

/** Repeatable: a failure names its seed. */
export function randomOf(seed: number): () => number {
  let state = seed + 0x9e3779b9;
  return () => {
    state = Math.imul(state ^ (state >>> 15), state | 1);
    state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
    return ((state ^ (state >>> 14)) >>> 0) / 4294967296;
  };
}

/** Ids of the service, except those of prices. */
const IDS = /(?<!price)_(\d{6}[0-9a-f]{8})/g;

export interface Retold {
  tenantId: string;
  /** Of purchases: as they were called in the recording → as they are called here. */
  purchases: Map<string, string>;
  stages: Stage[];
  /** An id of the recording as it is here. */
  idOf: (id: string) => string;
}

/** The same story of another customer: every id is another, all else is the same. */
export function retell(recorded: string, suffix: string, tenantId: string, purchaseIds: readonly string[]): Retold {
  const tenant = newId();
  const purchases = new Map(purchaseIds.map((id) => [id, newId()]));
  const idOf = (text: string): string => text.replaceAll(IDS, `_$1${suffix}`);
  let text = idOf(recorded).replaceAll(typeId('tnt', tenantId), typeId('tnt', tenant));
  for (const [was, is] of purchases) text = text.replaceAll(typeId('pur', was), typeId('pur', is));
  return { tenantId: tenant, purchases, stages: JSON.parse(text) as Stage[], idOf };
}

/** How the news of a story comes: each once, twice or never, at once or later, in any order. Called stage by stage, then once more for what waits. */
export class Post {
  private readonly waiting: Thing[] = [];

  constructor(private readonly random: () => number) {}

  /** @returns what comes now */
  take(event: Thing | null): Thing[] {
    if (event && this.random() > 0.2) this.waiting.push(event);
    if (event && this.random() < 0.35) this.waiting.push(event);
    return this.pick(() => this.random() < 0.35);
  }

  rest(): Thing[] {
    return this.pick(() => true);
  }

  private pick(now: () => boolean): Thing[] {
    const shuffled = this.waiting
      .splice(0)
      .map((event) => ({ event, at: this.random() }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ event }) => event);
    const picked = shuffled.filter(now);
    this.waiting.push(...shuffled.filter((event) => !picked.includes(event)));
    return picked;
  }
}
