import { describe, expect, it } from 'vitest';
import { movementOf } from './movement.js';

describe('movements of credits', () => {
  it('only what changes the available credits carries a sign', () => {
    expect(movementOf({ kind: 'grant', from: 'granted', to: 'available' })).toEqual({ what: 'granted', sign: '+' });
    expect(movementOf({ kind: 'hold', from: 'available', to: 'held' })).toEqual({ what: 'held', sign: '−' });
    expect(movementOf({ kind: 'settle', from: 'held', to: 'revenue' })).toEqual({ what: 'charged', sign: '' });
    expect(movementOf({ kind: 'settle', from: 'held', to: 'available' })).toEqual({ what: 'returned', sign: '+' });
    expect(movementOf({ kind: 'void', from: 'held', to: 'available' })).toEqual({ what: 'returned', sign: '+' });
    expect(movementOf({ kind: 'void', from: 'held', to: 'breakage' })).toEqual({ what: 'expired', sign: '' });
    expect(movementOf({ kind: 'clawback', from: 'available', to: 'granted' })).toEqual({ what: 'takenBack', sign: '−' });
    expect(movementOf({ kind: 'expire', from: 'available', to: 'breakage' })).toEqual({ what: 'expired', sign: '−' });
  });
});
