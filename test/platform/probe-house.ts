import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, Module, type Provider, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Permission } from '@atelier/contracts';
import { PlatformModule } from '../../src/platform.module.js';
import type { Ctx } from '../../src/platform/context/index.js';
import { DomainError } from '../../src/platform/errors/index.js';
import { Authenticator, createHttpApp, csrfFault, type AuthRequest } from '../../src/platform/http/index.js';
import { LimitSource, type RateLimits } from '../../src/platform/limits/index.js';
import { makeDatabase, type TestDatabase } from '../support/database.js';

export const TENANT = '0190b2d4-0000-7000-8000-00000000000a';
export const OTHER_TENANT = '0190b2d4-0000-7000-8000-00000000000b';

/** Knows who calls from a header: `user <tenant> <id> <permission,…>` or `key <tenant> <id> <permission,…>`. */
class HeaderAuthenticator extends Authenticator {
  override recheck(request: AuthRequest): Promise<Ctx> {
    return this.authenticate(request);
  }
  override authenticate(request: AuthRequest): Promise<Ctx> {
    const cookie = request.cookies['atelier_session'];
    const fault = cookie === undefined ? null : csrfFault(request);
    if (fault) return Promise.reject(fault);
    const [kind, tenantId, id, permissions] = String(request.headers['x-caller'] ?? cookie ?? '').split(' ');
    if (!tenantId || !id) return Promise.reject(new DomainError({ kind: 'unauthenticated', code: 'unauthenticated', detail: 'Sign in first.' }));
    const actor = kind === 'key' ? { kind: 'key' as const, keyId: id, userId: id } : { kind: 'user' as const, userId: id, sessionId: id };
    return Promise.resolve({
      tenantId,
      actor,
      requestId: request.id,
      permissions: new Set((permissions ?? '').split(',') as Permission[]),
      role: 'member',
      operator: false,
    });
  }
}

class HouseLimits extends LimitSource {
  override limits(): Promise<RateLimits> {
    return Promise.resolve(limits);
  }
}
/** What every caller of the probe house may do; tests change it. */
export const limits: RateLimits = { apiPerMinute: null, generationsPerHour: 2, uploadsPerHour: null };

@Global()
@Module({
  providers: [
    { provide: Authenticator, useClass: HeaderAuthenticator },
    { provide: LimitSource, useClass: HouseLimits },
  ],
  exports: [Authenticator, LimitSource],
})
export class Ports {}

export interface ProbeHouse {
  app: NestFastifyApplication;
  url: string;
  home: string;
  db: TestDatabase;
  close(): Promise<void>;
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });

/** The ground floor alone, on a real port and a fresh database, with some rooms of a test on top. */
export async function openProbeHouse(controllers: Type[], providers: Provider[] = [], env: Record<string, string> = {}): Promise<ProbeHouse> {
  const db = await makeDatabase();
  const home = mkdtempSync(join(tmpdir(), 'atelier-probe-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  Object.assign(process.env, {
    ATELIER_HOME: home,
    PORT: String(port),
    PUBLIC_URL: url,
    ATELIER_QUEUE_PREFIX: `p${process.pid}-${port}`,
    LOG_LEVEL: 'silent',
    ...env,
  });
  const app = await createHttpApp({ module: class ProbeModule {}, imports: [await PlatformModule.assemble(db.urls), Ports], controllers, providers });
  await app.listen({ port, host: '127.0.0.1' });
  return {
    app,
    url,
    home,
    db,
    close: async () => {
      await app.close();
      await db.drop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
