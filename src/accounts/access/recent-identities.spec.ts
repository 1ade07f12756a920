import { describe, expect, it } from 'vitest';
import type { Identity } from './identity.js';
import { RecentIdentities } from './recent-identities.js';

const who = (sessionId: string): Identity => ({
  actor: { kind: 'user', userId: 'u', sessionId },
  homeTenantId: 't',
  places: [],
  operator: false,
  endsAt: null,
  allowsAddress: () => true,
});
const named = (id: string) => (identity: Identity) => identity.actor.kind === 'user' && identity.actor.sessionId === id;

describe('identities of the last seconds', () => {
  it('are looked up once for many requests, and anew after 4 s', async () => {
    let now = 0;
    let lookUps = 0;
    const recent = new RecentIdentities(() => now);
    const lookUp = async () => {
      lookUps++;
      await Promise.resolve();
      return who('s');
    };
    await Promise.all(Array.from({ length: 50 }, () => recent.load('d', lookUp)));
    expect(lookUps).toBe(1);
    now = 3999;
    expect(recent.find('d')).toBeDefined();
    now = 4000;
    expect(recent.find('d')).toBeUndefined();
  });

  it('count their age from when the look-up began', async () => {
    let now = 0;
    const recent = new RecentIdentities(() => now);
    await recent.load('d', async () => {
      now = 3000;
      return who('s');
    });
    now = 4100;
    expect(recent.find('d')).toBeUndefined();
  });

  it('are dropped by news about them, and only then', async () => {
    const recent = new RecentIdentities(() => 0);
    await recent.load('d', async () => who('s'));
    recent.drop(named('other'));
    expect(recent.find('d')).toBeDefined();
    recent.drop(named('s'));
    expect(recent.find('d')).toBeUndefined();
  });

  it('are not kept when news came while they were looked up', async () => {
    const recent = new RecentIdentities(() => 0);
    let finish: (identity: Identity) => void = () => undefined;
    const slow = recent.load('d', () => new Promise((resolve) => (finish = resolve)));
    recent.drop(named('s'));
    let again = 0;
    await recent.load('d', async () => (again++, who('s')));
    expect(again).toBe(1);
    finish(who('s'));
    await slow;
    recent.drop(named('s'));
    expect(recent.find('d')).toBeUndefined();
  });

  it('are not kept when the look-up failed', async () => {
    const recent = new RecentIdentities(() => 0);
    await expect(recent.load('d', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(recent.find('d')).toBeUndefined();
    await expect(recent.load('d', async () => who('s'))).resolves.toBeDefined();
  });
});
