import { describe, expect, it } from 'vitest';
import { reportOfExpiry, reportOfSilence } from './silence.js';

const at = (s: number): Date => new Date(s * 1000);
const box = { state: 'ready' as const, stateReason: null, drainAt: null, lastHeartbeatAt: at(10) };

describe('a box that fell silent', () => {
  it('has lost what it held, unless it had been told to go', () => {
    expect(reportOfSilence(box)).toEqual({ kind: 'lost' });
    expect(reportOfSilence({ state: 'lost', stateReason: 'no heartbeat', drainAt: null })).toEqual({ kind: 'lost' });
    expect(reportOfSilence({ state: 'draining', stateReason: 'spot_notice', drainAt: at(5) })).toEqual({ kind: 'released', reason: 'spot_notice' });
    expect(reportOfSilence({ state: 'quarantined', stateReason: 'XID 79', drainAt: at(5) })).toEqual({ kind: 'lost' });
  });
});

describe('a lease that ran out', () => {
  it('was forgotten by a box that has spoken since, of other things', () => {
    expect(reportOfExpiry(at(9), box)).toEqual({ kind: 'forgotten' });
    expect(reportOfExpiry(at(9), { ...box, state: 'draining', drainAt: at(5) })).toEqual({ kind: 'forgotten' });
  });
  it('was lost with a box whose last word was the task’s last sign, though no sweep has noted its silence yet', () => {
    expect(reportOfExpiry(at(10), box)).toEqual({ kind: 'lost' });
    expect(reportOfExpiry(at(11), box)).toEqual({ kind: 'lost' });
    expect(reportOfExpiry(at(10), { ...box, state: 'draining', stateReason: 'drain', drainAt: at(5) })).toEqual({ kind: 'released', reason: 'drain' });
  });
  it('was lost with a box that is known to be gone', () => {
    expect(reportOfExpiry(at(9), { ...box, state: 'lost' })).toEqual({ kind: 'lost' });
    expect(reportOfExpiry(at(9), { ...box, state: 'gone' })).toEqual({ kind: 'lost' });
    expect(reportOfExpiry(at(9), undefined)).toEqual({ kind: 'lost' });
  });
});
