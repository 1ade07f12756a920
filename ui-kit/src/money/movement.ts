import type { LedgerRow } from '../views.js';

export type Movement = 'granted' | 'held' | 'charged' | 'returned' | 'expired' | 'takenBack' | 'moved';

/** What a line of the ledger means to who spends: the sign is its effect on what is available; a charge takes from what was held. */
export function movementOf(row: Record<keyof Pick<LedgerRow, 'kind' | 'from' | 'to'>, string>): { what: Movement; sign: '+' | '−' | '' } {
  if (row.kind === 'expire') return { what: 'expired', sign: row.from === 'available' ? '−' : '' };
  if (row.kind === 'grant') return { what: 'granted', sign: '+' };
  if (row.kind === 'clawback') return row.from === 'available' ? { what: 'takenBack', sign: '−' } : { what: 'returned', sign: '+' };
  if (row.to === 'available') return { what: 'returned', sign: '+' };
  if (row.to === 'held') return { what: 'held', sign: row.from === 'available' ? '−' : '' };
  if (row.from === 'held' && row.to === 'revenue') return { what: 'charged', sign: '' };
  return row.to === 'breakage' ? { what: 'expired', sign: '' } : { what: 'moved', sign: '' };
}
