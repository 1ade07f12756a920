/**
 * The books of one tenant. An entry moves an amount from one account to another, so debits equal credits in every row:
 *
 *   grant   granted → available                       the plan's month, an operator's gift, a pack that was bought
 *   hold    available → held                          a job was accepted
 *   extend  available → held                          a metered job needs more
 *   settle  held → revenue, and the rest as in void   a job ended and is charged
 *   void    held → available | breakage               a job ended and costs nothing
 *   expire  available → breakage                      a grant's time was over
 *   clawback available → granted                      what was bought was paid back; back again as a grant when a dispute is won
 *
 * `available` and `held` are the wallet's two columns; the others only exist as sums of entries, so that no row is shared by all.
 */
export const LEDGER_ACCOUNTS = ['granted', 'available', 'held', 'revenue', 'breakage'] as const;
export type LedgerAccount = (typeof LEDGER_ACCOUNTS)[number];

export const ENTRY_KINDS = ['grant', 'hold', 'extend', 'settle', 'void', 'expire', 'clawback'] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** Spent in this order (then by earliest expiry): what vanishes with the month goes first. */
export const GRANT_KINDS = ['plan', 'operator', 'purchase'] as const;
export type GrantKind = (typeof GRANT_KINDS)[number];

export type HoldState = 'open' | 'settled' | 'voided';

/** Entries of these kinds are about a grant, all others about a job. */
export const isAboutGrant = (kind: EntryKind): boolean => kind === 'grant' || kind === 'expire' || kind === 'clawback';
