import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import supertest from 'supertest';
import { AppModule } from '../../src/app.module.js';
import { prepareFirstStart } from '../../src/first-start.js';
import { coreConfig, environment } from '../../src/platform/config/index.js';
import { createHttpApp } from '../../src/platform/http/index.js';
import { makeDatabase, type TestDatabase } from './database.js';

export interface Person {
  email: string;
  password: string;
  token: string;
  refreshToken: string;
  /** TypeIDs, as the API shows them. */
  userId: string;
  tenantId: string;
}

export interface TestApp {
  url: string;
  db: TestDatabase;
  nest: NestFastifyApplication;
  operator: Person;
  /** supertest on the running server; with a token, every request carries it. */
  api(token?: string): supertest.Agent;
  /** A new tenant of one with its owner, signed in. */
  register(name?: string): Promise<Person>;
  /** Puts a tenant on a plan, as the operator. */
  setPlan(tenantId: string, plan: string): Promise<void>;
  close(): Promise<void>;
}

const OPERATOR = { email: 'operator@atelier.test', password: 'correct horse battery' };

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

let people = 0;

/**
 * The whole monolith over a fresh database, on a real port. `env` overrides settings. Local boxes are off unless ATELIER_LOCAL_BOXES is given;
 * leases are short so that tests need not wait.
 */
export async function startApp(env: Record<string, string> = {}, shared?: { db?: TestDatabase; home?: string }): Promise<TestApp> {
  const db = shared?.db ?? (await makeDatabase());
  const home = shared?.home ?? mkdtempSync(join(tmpdir(), 'atelier-app-'));
  const port = await freePort();
  Object.assign(process.env, {
    ATELIER_HOME: home,
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    DATABASE_APP_URL: db.urls.app,
    DATABASE_SYSTEM_URL: db.urls.system,
    DATABASE_QUEUE_URL: db.urls.queue,
    OPERATOR_EMAIL: OPERATOR.email,
    OPERATOR_PASSWORD: OPERATOR.password,
    ATELIER_LOCAL_BOXES: '0',
    ATELIER_LEASE_TTL_MS: '3000',
    ATELIER_HEARTBEAT_MS: '500',
    ATELIER_SWEEP_MS: '1000',
    ATELIER_QUEUE_PREFIX: `t${process.pid}-${port}`,
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'error',
    ...env,
  });
  const nest = await createHttpApp(await AppModule.assemble(db.urls));
  await nest.init();
  await prepareFirstStart(nest, coreConfig.read(environment()));
  await nest.listen({ port, host: '127.0.0.1' });
  const url = `http://127.0.0.1:${port}`;

  const api = (token?: string): supertest.Agent => {
    const agent = supertest.agent(`${url}/api/v1`);
    return token ? agent.set('authorization', `Bearer ${token}`) : agent;
  };
  const signIn = async (path: string, body: object, email: string, password: string): Promise<Person> => {
    const answer = await api().post(path).send(body);
    if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
    const { user, tenant, accessToken, refreshToken } = answer.body as {
      user: { id: string };
      tenant: { id: string };
      accessToken: string;
      refreshToken: string;
    };
    return { email, password, token: accessToken, refreshToken, userId: user.id, tenantId: tenant.id };
  };
  const operator = await signIn('/auth/login', OPERATOR, OPERATOR.email, OPERATOR.password);
  return {
    url,
    db,
    nest,
    operator,
    api,
    register: (name = 'Ada') => {
      const email = `person${++people}-${port}@atelier.test`;
      const password = 'a long enough passphrase';
      return signIn('/auth/register', { email, password, name }, email, password);
    },
    setPlan: async (tenantId, plan) => {
      const answer = await api(operator.token).post(`/operator/tenants/${tenantId}/plan`).send({ plan });
      if (answer.status >= 300) throw new Error(`setting the plan answered ${answer.status}: ${answer.text}`);
    },
    close: async () => {
      await nest.close();
      if (!shared?.db) await db.drop();
      if (!shared?.home) rmSync(home, { recursive: true, force: true });
    },
  };
}
