import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, Injectable, Module } from '@nestjs/common';
import { ROLE_PERMISSIONS } from '@atelier/contracts';
import supertest from 'supertest';
import { PlatformModule } from '../../../src/platform.module.js';
import { Authenticator, LimitSource, RevocationFeed, createHttpApp } from '../../../src/platform/http/index.js';
import { DomainError } from '../../../src/platform/errors/index.js';
import { typeId, parseId, newId } from '../../../src/platform/ids/index.js';
import { AssetsModule } from '../../../src/studio/assets/index.js';
import { Plans, PlansModule } from '../../../src/billing/plans/index.js';
import { Entitlements, TenantsModule } from '../../../src/accounts/tenants/index.js';
import { makeDatabase } from '../../support/database.js';

const sessions = new Map<string, any>();
@Injectable()
class Fake extends Authenticator {
  async authenticate(r: any) {
    const t = r.headers.authorization?.slice(7);
    const s = sessions.get(t);
    if (!s) throw new DomainError({ kind: 'unauthenticated', code: 'unauthenticated', detail: 'no' });
    const want = r.headers['x-tenant'] ? parseId('tnt', r.headers['x-tenant']) : s.tenantId;
    const role = s.roles[want] ?? 'member';
    return { tenantId: want, actor: { kind: 'user', userId: s.userId, sessionId: s.sid }, requestId: r.id, permissions: new Set(ROLE_PERMISSIONS[role as 'owner']), role, operator: false } as any;
  }
}
class Feed extends RevocationFeed { isRevoked() { return false; } }
@Global()
@Module({ imports: [PlansModule, TenantsModule], providers: [{ provide: Authenticator, useClass: Fake }, { provide: RevocationFeed, useClass: Feed }, { provide: LimitSource, useExisting: Plans }, { provide: Entitlements, useExisting: Plans }], exports: [Authenticator, RevocationFeed, LimitSource, Entitlements] })
class Ports {}
@Module({})
class Root {}

const freePort = (): Promise<number> => new Promise((r) => { const p = createServer(); p.listen(0, '127.0.0.1', () => { const { port } = p.address() as any; p.close(() => r(port)); }); });
export async function startApp(env: Record<string, string> = {}, _shared?: any): Promise<any> {
  const db = await makeDatabase();
  const home = mkdtempSync(join(tmpdir(), 'atelier-app-'));
  const port = await freePort();
  Object.assign(process.env, { ATELIER_HOME: home, PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}`, DATABASE_APP_URL: db.urls.app, DATABASE_SYSTEM_URL: db.urls.system, DATABASE_QUEUE_URL: db.urls.queue, LOG_LEVEL: process.env.LOG_LEVEL ?? 'error', ATELIER_QUEUE_PREFIX: `t${process.pid}-${port}`, ...env });
  const nest = await createHttpApp({ module: Root, imports: [await PlatformModule.assemble(db.urls), Ports, AssetsModule] });
  await nest.init();
  await nest.listen({ port, host: '127.0.0.1' });
  const url = `http://127.0.0.1:${port}`;
  const plans: any = nest.get(Plans, { strict: false });
  return {
    url, db, nest,
    api: (token?: string) => { const a = supertest.agent(`${url}/api/v1`); return token ? a.set('authorization', `Bearer ${token}`) : a; },
    register: async (name = 'Ada') => {
      const [t, u, token] = [newId(), newId(), newId()];
      await db.sql(`INSERT INTO tenant (id, name) VALUES ($1, $2)`, [t, name]);
      await db.sql(`INSERT INTO user_account (id, email, name, default_tenant_id) VALUES ($1, $2, $3, $4)`, [u, `${u}@x.test`, name, t]);
      await db.sql(`INSERT INTO membership (tenant_id, user_id, role) VALUES ($1, $2, 'owner')`, [t, u]);
      sessions.set(token, { userId: u, tenantId: t, sid: newId(), roles: { [t]: 'owner' } });
      return { token, userId: typeId('usr', u), tenantId: typeId('tnt', t) };
    },
    setPlan: async (tenantId: string, plan: string) => { await plans.setPlan({ tenantId: parseId('tnt', tenantId), actor: { kind: 'system', name: 'x' }, requestId: newId(), permissions: new Set(), role: 'system', operator: true }, parseId('tnt', tenantId), plan); },
    close: async () => { await nest.close(); await db.drop(); rmSync(home, { recursive: true, force: true }); },
  };
}
