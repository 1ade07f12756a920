import { homedir } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { defineConfig } from './config.js';

export const ROLES = ['all', 'api', 'control'] as const;

const REPOSITORY = resolve(import.meta.dirname, '../../..');

const absolute = (path: string): string => {
  const full = path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : path;
  return isAbsolute(full) ? full : resolve(REPOSITORY, full);
};

/** What every part of the program needs to know about this installation. */
export const coreConfig = defineConfig('core', (env) => {
  const port = env.int('PORT', 3000, { min: 0, max: 65535 });
  const databaseUrl = env.url('DATABASE_URL', ['postgres', 'postgresql']);
  const split = {
    app: env.url('DATABASE_APP_URL', ['postgres', 'postgresql']),
    system: env.url('DATABASE_SYSTEM_URL', ['postgres', 'postgresql']),
    queue: env.url('DATABASE_QUEUE_URL', ['postgres', 'postgresql']),
  };
  return {
    /** `all` serves and controls; `api` serves; `control` relays, promotes, sweeps, runs providers (and serves boxes). */
    role: env.oneOf('ATELIER_ROLE', ROLES, 'all'),
    /** Folder of this installation's data and secrets. */
    home: absolute(env.string('ATELIER_HOME', '.atelier')),
    /** Folder of the checked-out program: web apps, openapi.json, migrations. */
    repository: REPOSITORY,
    host: env.string('HOST', '127.0.0.1'),
    port,
    publicUrl: (env.url('PUBLIC_URL', ['http', 'https']) ?? `http://localhost:${port}`).replace(/\/+$/, ''),
    databaseUrl,
    /** The three logins, when somebody else made them. */
    databaseUrls: split,
    /** True when the program runs its own PostgreSQL. */
    embedded: databaseUrl === undefined && split.app === undefined,
    redisUrl: env.url('REDIS_URL', ['redis', 'rediss']),
    /** Keys in Redis begin with it, so that two installations can share a server. */
    queuePrefix: env.string('ATELIER_QUEUE_PREFIX', 'atelier'),
    operatorEmail: env.optionalString('OPERATOR_EMAIL'),
    operatorPassword: env.optionalString('OPERATOR_PASSWORD'),
  };
});
