import { Injectable } from '@nestjs/common';

/** Which of these keys of task outputs somebody still counts on. */
export type ClaimSource = (tenantId: string, keys: readonly string[]) => Promise<ReadonlySet<string>>;

/**
 * Outputs become assets when their job ends; until then this room knows nothing of them. Rooms above that do register here, so that the
 * sweep of orphans leaves the outputs of a job alone that waits for days.
 */
@Injectable()
export class OutputClaims {
  private readonly sources: ClaimSource[] = [];

  register(source: ClaimSource): void {
    this.sources.push(source);
  }

  async claimed(tenantId: string, keys: readonly string[]): Promise<Set<string>> {
    const found = new Set<string>();
    for (const source of this.sources) for (const key of await source(tenantId, keys)) found.add(key);
    return found;
  }
}
