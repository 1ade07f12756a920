import { describe, expect, it } from 'vitest';
import { judgeRefresh, type PresentedToken } from './refresh.js';

const now = new Date('2026-01-01T12:00:00Z');
const ago = (ms: number): Date => new Date(now.getTime() - ms);
const later = new Date('2026-01-20T00:00:00Z');
const client = Buffer.from('one client');
const fresh: PresentedToken = { usedAt: null, usedBy: null, expiresAt: later, sessionRevokedAt: null, sessionExpiresAt: later };

describe('a refresh token', () => {
  it('is exchanged once', () => {
    expect(judgeRefresh(fresh, client, now)).toBe('rotate');
  });

  it('may be sent twice by the same client within 10 s, and no later', () => {
    expect(judgeRefresh({ ...fresh, usedAt: ago(10_000), usedBy: client }, client, now)).toBe('race');
    expect(judgeRefresh({ ...fresh, usedAt: ago(10_001), usedBy: client }, client, now)).toBe('reuse');
  });

  it('is a sign of theft when another client sends it again, however soon', () => {
    expect(judgeRefresh({ ...fresh, usedAt: ago(1), usedBy: client }, Buffer.from('another'), now)).toBe('reuse');
  });

  it('is worth nothing once it, or its session, has ended', () => {
    expect(judgeRefresh({ ...fresh, expiresAt: now }, client, now)).toBe('ended');
    expect(judgeRefresh({ ...fresh, sessionRevokedAt: ago(1) }, client, now)).toBe('ended');
    expect(judgeRefresh({ ...fresh, sessionExpiresAt: ago(1) }, client, now)).toBe('ended');
    expect(judgeRefresh({ ...fresh, usedAt: ago(60_000), usedBy: client, sessionRevokedAt: ago(1) }, client, now)).toBe('ended');
  });
});
