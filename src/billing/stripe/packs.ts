/** Credit packs. Prices in millionths of a dollar; domain rules, section ledger. */
export interface Pack {
  id: string;
  creditsMilli: bigint;
  priceMicros: bigint;
}

export const PACK_IDS = ['500', '2000', '10000'] as const;
export type PackId = (typeof PACK_IDS)[number];

export const PACKS: Readonly<Record<PackId, Pack>> = {
  '500': { id: '500', creditsMilli: 500_000n, priceMicros: 10_000_000n },
  '2000': { id: '2000', creditsMilli: 2_000_000n, priceMicros: 36_000_000n },
  '10000': { id: '10000', creditsMilli: 10_000_000n, priceMicros: 160_000_000n },
};

/** Stripe counts in cents, as numbers: this is the only place where money is one. */
export const centsOf = (micros: bigint): number => Number(micros / 10_000n);
export const microsOf = (cents: number): bigint => BigInt(Math.round(cents)) * 10_000n;

/** The share of the credits that went back with the money: all of them with all of it, shares round down. */
export function owedOf(creditsMilli: bigint, paidCents: number, backCents: number): bigint {
  if (paidCents <= 0 || backCents <= 0) return 0n;
  return (creditsMilli * BigInt(Math.min(backCents, paidCents))) / BigInt(paidCents);
}
