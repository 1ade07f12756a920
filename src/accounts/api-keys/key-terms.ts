import type { Permission } from '@atelier/contracts';
import type { FieldFault } from '../../platform/errors/index.js';
import { isAddressOrNetwork } from './addresses.js';

const DAY_MS = 86_400_000;

/** What somebody wants of a key. `expiresAt` null: for ever; `ipAllow` empty: from anywhere. */
export interface KeyTerms {
  scopes: readonly Permission[];
  expiresAt: Date | null;
  ipAllow: readonly string[];
}
/** What those wishes are held against. */
export interface KeyBounds {
  ownerMay: ReadonlySet<Permission>;
  /** Longest life the tenant allows, in days; null: any. */
  maxDays: number | null;
  /** From when the life is counted. */
  madeAt: Date;
  now: Date;
}

/** Every fault of the terms at once; empty when there is none. */
export function termFaults(terms: KeyTerms, bounds: KeyBounds): FieldFault[] {
  return [...scopeFaults(terms.scopes, bounds.ownerMay), ...expiryFaults(terms.expiresAt, bounds), ...addressFaults(terms.ipAllow)];
}

/** Whether `after` lets a key do more than `before`: more scopes, a later end, more addresses. */
export function widens(before: KeyTerms, after: KeyTerms): boolean {
  const end = ({ expiresAt }: KeyTerms): number => expiresAt?.getTime() ?? Infinity;
  return (
    after.scopes.some((scope) => !before.scopes.includes(scope)) ||
    end(after) > end(before) ||
    (before.ipAllow.length > 0 && (after.ipAllow.length === 0 || after.ipAllow.some((entry) => !before.ipAllow.includes(entry))))
  );
}

function scopeFaults(scopes: readonly Permission[], ownerMay: ReadonlySet<Permission>): FieldFault[] {
  return scopes.flatMap((scope, i) =>
    ownerMay.has(scope)
      ? []
      : [
          {
            pointer: `/scopes/${i}`,
            code: 'scope_beyond_rights',
            message: `The owner of the key does not have the right ${scope}.`,
            fix: 'Leave the scope out, or ask an admin for a role that has it.',
          },
        ],
  );
}

function expiryFaults(expiresAt: Date | null, { maxDays, madeAt, now }: KeyBounds): FieldFault[] {
  if (expiresAt !== null && expiresAt <= now)
    return [{ pointer: '/expiresAt', code: 'in_the_past', message: 'The key would have ended already.', fix: 'Choose a later instant, or null for no end.' }];
  if (maxDays !== null && (expiresAt === null || expiresAt.getTime() > madeAt.getTime() + maxDays * DAY_MS)) {
    return [
      {
        pointer: '/expiresAt',
        code: 'too_late',
        message: `Keys of this tenant live at most ${maxDays} days.`,
        fix: `Choose an instant before ${new Date(madeAt.getTime() + maxDays * DAY_MS).toISOString()}.`,
      },
    ];
  }
  return [];
}

function addressFaults(ipAllow: readonly string[]): FieldFault[] {
  return ipAllow.flatMap((entry, i) =>
    isAddressOrNetwork(entry)
      ? []
      : [
          {
            pointer: `/ipAllow/${i}`,
            code: 'not_an_address',
            message: `${JSON.stringify(entry)} is neither an address nor a network.`,
            fix: 'Write 203.0.113.7 or 203.0.113.0/24, or the same in IPv6.',
          },
        ],
  );
}
