import type supertest from 'supertest';
import sharp from 'sharp';
import { expect } from 'vitest';
import { TenantTx } from '../../src/platform/database/index.js';
import { parseId } from '../../src/platform/ids/index.js';
import { Storage } from '../../src/platform/storage/index.js';
import { Assets, AssetSweeps } from '../../src/studio/assets/index.js';
import { startApp, type Person, type TestApp } from '../support/app.js';

let sequence = 0;

/** A PNG unlike any other, with words in it when wished. */
export const picture = (width = 40, height = 30, text?: string): Promise<Buffer> => {
  const made = sharp({ create: { width, height, channels: 3, background: { r: ++sequence % 256, g: (sequence >> 8) % 256, b: 200 } } }).png();
  return (text ? made.withExif({ IFD0: { ImageDescription: text } }) : made).toBuffer();
};

/** The monolith with three people: Anna, who owns a tenant; Ben, a member of it; and the owner of another tenant. */
export class Studio {
  private constructor(
    readonly app: TestApp,
    readonly anna: Person,
    readonly ben: Person,
    readonly other: Person,
  ) {}

  static async open(): Promise<Studio> {
    const app = await startApp({ ATELIER_UPLOAD_MAX_MB: '2' });
    const [anna, ben, other] = await Promise.all([app.register('Anna'), app.register('Ben'), app.register('Other')]);
    for (const person of [anna, ben, other]) await app.setPlan(person.tenantId, 'enterprise');
    const studio = new Studio(app, anna, ben, other);
    await app.db.sql(`INSERT INTO membership (tenant_id, user_id, role, status) VALUES ($1, $2, 'member', 'active')`, [
      studio.tenantUuid(anna),
      parseId('usr', ben.userId),
    ]);
    return studio;
  }

  tenantUuid(person: Person): string {
    return parseId('tnt', person.tenantId);
  }

  as(person: Person): supertest.Agent {
    const agent = this.app.api(person.token);
    return person === this.ben ? agent.set('x-tenant', this.anna.tenantId) : agent;
  }

  upload(person: Person, file: Buffer, o: { filename?: string; contentType?: string } = {}): supertest.Test {
    return this.as(person)
      .post('/assets')
      .attach('file', file, { filename: o.filename ?? 'a.png', contentType: o.contentType ?? 'image/png' });
  }

  /** The id of a new asset. */
  async uploaded(person: Person, file?: Buffer): Promise<string> {
    const answer = await this.upload(person, file ?? (await picture()));
    expect(answer.body).toMatchObject({ type: 'image' });
    return answer.body.id as string;
  }

  /** What lies behind a redirect to content. */
  async follow(person: Person, path: string): Promise<{ headers: Headers; body: Buffer }> {
    const answer = await this.as(person).get(path).redirects(0);
    expect(answer.status).toBe(302);
    const file = await fetch(answer.headers['location'] as string);
    return { headers: file.headers, body: Buffer.from(await file.arrayBuffer()) };
  }

  /** Keys of all files of the person's tenant. */
  async stored(person: Person): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.app.nest.get(Storage).list(`t/${this.tenantUuid(person)}/`)) keys.push(key);
    return keys;
  }

  tx<T>(person: Person, fn: (em: Parameters<Parameters<TenantTx['run']>[1]>[0]) => Promise<T>): Promise<T> {
    return this.app.nest.get(TenantTx).run({ tenantId: this.tenantUuid(person) }, fn);
  }

  get assets(): Assets {
    return this.app.nest.get(Assets, { strict: false });
  }

  get sweeps(): AssetSweeps {
    return this.app.nest.get(AssetSweeps, { strict: false });
  }
}
