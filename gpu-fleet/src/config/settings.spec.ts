import { describe, expect, it } from 'vitest';
import { readSettings, SettingsError } from './settings.js';

const complete = { ATELIER_URL: 'http://127.0.0.1:3000/', ATELIER_BOOTSTRAP_SECRET: 's', ATELIER_NONCE: 'n' };
const faultsOf = async (env: Record<string, string | undefined>, line = '') => {
  const error = await readSettings(env, async () => line).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(SettingsError);
  return (error as SettingsError).faults;
};

describe('settings', () => {
  it('three variables are enough for a local box', async () => {
    expect(await readSettings(complete)).toMatchObject({
      url: 'http://127.0.0.1:3000',
      pool: 'local',
      capacity: 'on_demand',
      slots: null,
      statusPort: null,
      sigtermGraceMs: 20_000,
      spotGraceMs: 100_000,
      credentials: { bootstrapSecret: 's', proof: { kind: 'local', nonce: 'n' } },
    });
  });

  it('names every fault at once, each with variable and cure', async () => {
    const faults = await faultsOf({ ATELIER_SLOTS: 'many', ATELIER_CAPACITY: 'cheap' });
    expect(faults).toHaveLength(5);
    for (const name of ['ATELIER_URL', 'ATELIER_BOOTSTRAP_SECRET', 'ATELIER_NONCE', 'ATELIER_SLOTS', 'ATELIER_CAPACITY'])
      expect(faults.filter((f) => f.startsWith(name))).toHaveLength(1);
  });

  it('refuses plain http to another machine unless told', async () => {
    expect(await faultsOf({ ...complete, ATELIER_URL: 'http://10.0.0.5:3000' })).toEqual([expect.stringContaining('in clear')]);
    expect((await readSettings({ ...complete, ATELIER_URL: 'http://10.0.0.5:3000', ATELIER_PLAIN_HTTP: 'allow' })).url).toBe('http://10.0.0.5:3000');
  });

  it('takes secrets from standard input instead of the environment', async () => {
    const env = { ATELIER_URL: 'https://a.example', ATELIER_CREDENTIALS: 'stdin' };
    expect((await readSettings(env, async () => '{"bootstrapSecret":"s","nonce":"n"}')).credentials.proof).toEqual({ kind: 'local', nonce: 'n' });
    const kubernetes = { kind: 'kubernetes', token: 't' };
    expect((await readSettings(env, async () => JSON.stringify({ bootstrapSecret: 's', proof: kubernetes }))).credentials.proof).toEqual(kubernetes);
    expect(await faultsOf(env, 'hello')).toEqual([expect.stringContaining('not JSON')]);
    expect(await faultsOf(env, '{"bootstrapSecret":"s"}')).toEqual([expect.stringContaining('"nonce"')]);
  });
});
