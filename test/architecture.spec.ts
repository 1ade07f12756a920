import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * The floor plan, as code. Wings stand bottom-up, and so do the rooms inside a wing: an arrow may go to a wing further down or to a room
 * further left, through the other room's face only.
 */
const WINGS: Record<string, string[]> = {
  platform: ['ids', 'clock', 'errors', 'context', 'config', 'telemetry', 'database', 'queue', 'outbox', 'storage', 'mail', 'safe-fetch', 'limits', 'http'],
  accounts: ['audit', 'tenants', 'users', 'members', 'sessions', 'api-keys', 'webhooks', 'access'],
  billing: ['plans', 'pricing', 'ledger', 'budgets', 'usage', 'gpu-alarms', 'simulations', 'charges', 'stripe', 'exports'],
  fleet: ['pools', 'metering', 'tasks', 'thermal', 'lanes', 'boxes', 'providers', 'external'],
  studio: ['models', 'assets', 'moderation', 'jobs', 'pipelines/image', 'pipelines/visual'],
  realtime: [''],
};
/** Two rooms of the ground floor lean on one to their right, and say why. */
const EXCEPTIONS: Record<string, string> = {
  'platform/ids → platform/errors': 'parseId answers a malformed id with the 404 of the house',
};
const ROLES = [
  'module',
  'controller',
  'gateway',
  'processor',
  'service',
  'repository',
  'system.repository',
  'entity',
  'dto',
  'errors',
  'guard',
  'port',
  'policy',
  'spec',
];
const ALLOWED_PACKAGES_OF_THE_ORM = /\.(repository|entity)\.ts$/;
const SRC = resolve(import.meta.dirname, '../src');

const files = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files(join(folder, entry.name)) : entry.name.endsWith('.ts') ? [join(folder, entry.name)] : [],
  );

const all = files(SRC);
const ORDER = Object.entries(WINGS).flatMap(([wing, rooms]) => rooms.map((room) => (room ? `${wing}/${room}` : wing)));
const roomOf = (file: string): string | null => {
  const path = relative(SRC, file);
  return ORDER.filter((room) => path.startsWith(`${room}/`)).sort((a, b) => b.length - a.length)[0] ?? null;
};
const importsOf = (file: string): string[] => [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!);
const targetOf = (file: string, specifier: string): string => resolve(dirname(file), specifier.replace(/\.js$/, '.ts'));

interface Arrow {
  from: string;
  to: string;
  file: string;
  target: string;
}
const arrows: Arrow[] = all.flatMap((file) =>
  importsOf(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => ({
      from: roomOf(file) ?? '',
      to: roomOf(targetOf(file, specifier)) ?? '',
      file: relative(SRC, file),
      target: relative(SRC, targetOf(file, specifier)),
    })),
);

describe('the house', () => {
  it('was seen whole: every file stands in a room of the plan, or is one of the few that put the house together', () => {
    const outside = all.filter((file) => !roomOf(file)).map((file) => relative(SRC, file));
    expect(outside.toSorted()).toEqual(['app.module.ts', 'first-start.ts', 'main.ts', 'platform.module.ts']);
    const counted = readdirSync(SRC, { recursive: true }).filter((name) => String(name).endsWith('.ts')).length;
    expect(all.length).toBe(counted);
    for (const room of ORDER) expect(existsSync(join(SRC, room)), room).toBe(true);
  });
  it('has no arrow to a room above or to the right', () => {
    const wrong = arrows.filter(({ from, to }) => from && to && from !== to && ORDER.indexOf(to) > ORDER.indexOf(from) && !EXCEPTIONS[`${from} → ${to}`]);
    expect(wrong.map(({ file, target }) => `${file} → ${target}`)).toEqual([]);
  });
  it('is entered by faces only', () => {
    const deep = arrows.filter(({ from, to, target }) => to && from !== to && target !== `${to}/index.ts`);
    expect(deep.map(({ file, target }) => `${file} → ${target}`)).toEqual([]);
  });
  it('gives every room a face of at most 30 lines and a README of at most 20', () => {
    for (const room of ORDER) {
      const lines = (name: string): number =>
        readFileSync(join(SRC, room, name), 'utf8')
          .trimEnd()
          .split('\n').length;
      expect(lines('index.ts'), `${room}/index.ts`).toBeLessThanOrEqual(30);
      expect(lines('README.md'), `${room}/README.md`).toBeLessThanOrEqual(20);
    }
  });
  it('never shows a repository or an entity in a face', () => {
    const shown = ORDER.filter((room) => /repository|entity/.test(readFileSync(join(SRC, room, 'index.ts'), 'utf8')));
    expect(shown).toEqual([]);
  });
  it('reads the environment in one folder', () => {
    const readers = all.filter((file) => /process\.env\b/.test(readFileSync(file, 'utf8'))).map((file) => relative(SRC, file));
    expect(
      readers.every((file) => file.startsWith('platform/config/')),
      readers.join(),
    ).toBe(true);
  });
  it('names files by the roles of the closed list, and nothing utils, helpers, common or v2', () => {
    const strange = all
      .map((file) => relative(SRC, file))
      .filter((file) => {
        const name = file.split('/').pop()!.replace(/\.ts$/, '');
        const role = name
          .replace(/\.spec$/, '')
          .split('.')
          .slice(1)
          .join('.');
        return (role && !ROLES.includes(role)) || /^[^.]*[A-Z_]/.test(name) || /(^|\/)(utils?|helpers?|common|v\d)(\/|\.|$)/.test(file);
      });
    expect(strange).toEqual([]);
  });
  it('lets only repositories, entities and the database room speak SQL', () => {
    const speakers = all
      .map((file) => relative(SRC, file))
      .filter(
        (file) =>
          !file.startsWith('platform/database/') && !file.endsWith('.spec.ts') && !ALLOWED_PACKAGES_OF_THE_ORM.test(file) && !file.endsWith('invariants.ts'),
      )
      .filter((file) => /\brows(<[^(]*>)?\(em|\bem\.query\(|\bdb\.query[<(]/.test(readFileSync(join(SRC, file), 'utf8')));
    expect(speakers).toEqual([]);
  });
  it('opens system transactions over system repositories only', () => {
    const lost = all
      .map((file) => relative(SRC, file))
      .filter((file) => /\.system\.repository\.ts$/.test(file) && /TenantTx/.test(readFileSync(join(SRC, file), 'utf8')));
    expect(lost).toEqual([]);
  });
  it('throws no HttpException from a service', () => {
    const throwers = all.filter(
      (file) => file.endsWith('.service.ts') && /HttpException|NotFoundException|BadRequestException/.test(readFileSync(file, 'utf8')),
    );
    expect(throwers.map((file) => relative(SRC, file))).toEqual([]);
  });
  it('has no forwardRef', () => {
    expect(all.filter((file) => /forwardRef\(/.test(readFileSync(file, 'utf8'))).map((file) => relative(SRC, file))).toEqual([]);
  });
  it('puts nothing but ids into queue payloads', () => {
    const payloads = all.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/queue\.add\([^,]+,\s*(\{[^}]*\})/g)].map((match) => ({ file: relative(SRC, file), payload: match[1]! })),
    );
    const wrong = payloads.filter(({ payload }) => !/^\{\s*(\w*[iI]d(:\s*[\w.]+)?\s*)?,?\s*\}$/.test(payload));
    expect(wrong).toEqual([]);
  });
  it('knows no other size than what a person can read: no file of more than 400 lines', () => {
    const long = all.filter((file) => statSync(file).size > 0 && readFileSync(file, 'utf8').split('\n').length > 401).map((file) => relative(SRC, file));
    expect(long).toEqual([]);
  });
});
