import type { PassportKey } from '@atelier/contracts';

/** Whose signature a box trusts on a passport of weights; known to whoever checks weights. */
export abstract class PassportKeys {
  abstract keys(): Promise<PassportKey[]>;
}
