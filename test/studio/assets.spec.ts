import { createHash, randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemCtx } from '../../src/platform/context/index.js';
import { TenantTx } from '../../src/platform/database/index.js';
import { parseId, typeId } from '../../src/platform/ids/index.js';
import { Storage } from '../../src/platform/storage/index.js';
import { Assets, AssetSweeps, OutputClaims, type OutputAsset } from '../../src/studio/assets/index.js';
import { startApp, type Person, type TestApp } from '../support/app.js';

let app: TestApp;
let anna: Person;
let other: Person;
/** A member of anna's tenant. */
let ben: Person;
let sequence = 0;

const picture = (width = 40, height = 30, text?: string): Promise<Buffer> => {
  const made = sharp({ create: { width, height, channels: 3, background: { r: ++sequence % 256, g: (sequence >> 8) % 256, b: 200 } } }).png();
  return (text ? made.withExif({ IFD0: { ImageDescription: text } }) : made).toBuffer();
};
const upload = (person: Person, file: Buffer, o: { filename?: string; contentType?: string } = {}) =>
  as(person)
    .post('/assets')
    .attach('file', file, { filename: o.filename ?? 'a.png', contentType: o.contentType ?? 'image/png' });
const uploaded = async (person: Person, file?: Buffer): Promise<string> => {
  const answer = await upload(person, file ?? (await picture()));
  expect(answer.body).toMatchObject({ type: 'image' });
  return answer.body.id as string;
};
const as = (person: Person) => {
  const agent = app.api(person.token);
  return person === ben ? agent.set('x-tenant', anna.tenantId) : agent;
};
const tenantUuid = (person: Person): string => parseId('tnt', person.tenantId);
const follow = async (person: Person, path: string): Promise<{ headers: Headers; body: Buffer; status: number }> => {
  const answer = await as(person).get(path).redirects(0);
  expect(answer.status).toBe(302);
  const file = await fetch(answer.headers['location'] as string);
  return { status: file.status, headers: file.headers, body: Buffer.from(await file.arrayBuffer()) };
};
const tx = <T>(person: Person, fn: Parameters<TenantTx['run']>[1]): Promise<T> =>
  app.nest.get(TenantTx).run({ tenantId: tenantUuid(person) }, fn) as Promise<T>;
const assets = (): Assets => app.nest.get(Assets, { strict: false });

beforeAll(async () => {
  app = await startApp({ ATELIER_UPLOAD_MAX_MB: '2' });
  [anna, other, ben] = await Promise.all([app.register('Anna'), app.register('Other'), app.register('Ben')]);
  for (const person of [anna, other, ben]) await app.setPlan(person.tenantId, 'enterprise');
  await app.db.sql(`INSERT INTO membership (tenant_id, user_id, role, status) VALUES ($1, $2, 'member', 'active')`, [
    tenantUuid(anna),
    parseId('usr', ben.userId),
  ]);
});
afterAll(() => app?.close());

describe('an upload in one request', () => {
  it('becomes a private asset with its size, type and digest, and comes back byte for byte', async () => {
    const file = await picture(64, 48);
    const answer = await upload(anna, file, { filename: '../../etc/sunset?.png' });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      type: 'image',
      contentType: 'image/png',
      bytes: file.length,
      width: 64,
      height: 48,
      sha256: createHash('sha256').update(file).digest('hex'),
      filename: 'sunset.png',
      visibility: 'private',
      ownerId: anna.userId,
      jobId: null,
      simulated: false,
      prompt: null,
      access: 'content',
    });
    const path = `/assets/${answer.body.id}/content`;
    expect(answer.body.url).toBe(`${app.url}/api/v1${path}`);
    const { headers, body } = await follow(anna, path);
    expect(body.equals(file)).toBe(true);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect((await follow(anna, `${path}?download=1`)).headers.get('content-disposition')).toContain('filename="sunset.png"');
  });

  it('counts pixels as displayed when a camera noted how it was held', async () => {
    const turned = await sharp({ create: { width: 60, height: 20, channels: 3, background: 'red' } })
      .jpeg()
      .withMetadata({ orientation: 6 })
      .toBuffer();
    expect((await upload(anna, turned, { contentType: 'image/jpeg' })).body).toMatchObject({ contentType: 'image/jpeg', width: 20, height: 60 });
  });

  it.each([
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'), 'image/svg+xml', 415, 'unsupported_type'],
    ['an SVG that says it is a PNG', Buffer.from('<?xml version="1.0"?><svg/>'), 'image/png', 415, 'unsupported_type'],
    ['a web page that says it is a JPEG', Buffer.from('<html><script>alert(1)</script>'), 'image/jpeg', 415, 'unsupported_type'],
    ['nothing', Buffer.alloc(0), 'image/png', 415, 'unsupported_type'],
  ])('refuses %s', async (_what, file, contentType, status, code) => {
    const answer = await upload(anna, file, { contentType });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code });
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  it('refuses a file that is another type than it says, one that is cut off, and one that is damaged inside', async () => {
    const png = await sharp({ create: { width: 200, height: 200, channels: 3, noise: { type: 'gaussian', mean: 120, sigma: 40 }, background: 'red' } })
      .png()
      .toBuffer();
    const jpeg = await sharp(png).jpeg().toBuffer();
    expect((await upload(anna, jpeg, { contentType: 'image/png' })).body).toMatchObject({ status: 415, code: 'type_mismatch' });
    expect((await upload(anna, png.subarray(0, png.length / 2))).body).toMatchObject({ status: 422, code: 'unreadable_image' });
    const damaged = Buffer.from(png);
    damaged.fill(0, 2000, 6000);
    expect((await upload(anna, damaged)).body).toMatchObject({ status: 422, code: 'unreadable_image' });
    expect((await upload(anna, jpeg.subarray(0, jpeg.length / 2), { contentType: 'image/jpeg' })).body).toMatchObject({
      status: 422,
      code: 'unreadable_image',
    });
  });

  it('refuses a 30,000 × 30,000 picture by its header', async () => {
    const bomb = await picture(8, 8);
    bomb.writeUInt32BE(30_000, 16);
    bomb.writeUInt32BE(30_000, 20);
    const answer = await upload(anna, bomb);
    expect(answer.body).toMatchObject({ status: 413, code: 'too_many_pixels' });
    expect(answer.body.detail).toContain('900.0 megapixels');
  });

  it('takes 40 megapixels and not one line more', async () => {
    const flat = (width: number, height: number): Promise<Buffer> =>
      sharp({ create: { width, height, channels: 3, background: 'teal' } })
        .png({ compressionLevel: 9 })
        .toBuffer();
    expect((await upload(anna, await flat(8000, 5000))).body).toMatchObject({ width: 8000, height: 5000 });
    expect((await upload(anna, await flat(8000, 5001))).body).toMatchObject({ status: 413, code: 'too_many_pixels' });
  });

  it('refuses 2 GB by what was announced, before they are sent', async () => {
    const { status, body } = await raw(
      'POST',
      '/api/v1/assets',
      { authorization: `Bearer ${anna.token}`, 'content-type': 'multipart/form-data; boundary=x', 'content-length': String(2 * 1024 ** 3) },
      [Buffer.from('--x\r\n')],
      false,
    );
    expect(status).toBe(413);
    expect(body).toMatchObject({ code: 'file_too_large' });
  });

  it('refuses what grows too large while it comes, without an announced length', async () => {
    const head = Buffer.from('--x\r\ncontent-disposition: form-data; name="file"; filename="a.png"\r\ncontent-type: image/png\r\n\r\n');
    const pieces = [head, await picture(), ...Array.from({ length: 40 }, () => Buffer.alloc(128 * 1024)), Buffer.from('\r\n--x--\r\n')];
    const { status, body } = await raw(
      'POST',
      '/api/v1/assets',
      { authorization: `Bearer ${anna.token}`, 'content-type': 'multipart/form-data; boundary=x', 'transfer-encoding': 'chunked' },
      pieces,
      true,
    );
    expect(status).toBe(413);
    expect(body).toMatchObject({ code: 'file_too_large' });
  });

  it('says what is missing in a form without a file, and to what is no form', async () => {
    expect((await as(anna).post('/assets').field('file', 'a text')).body).toMatchObject({ status: 422, errors: [{ pointer: '/file' }] });
    expect(
      (
        await as(anna)
          .post('/assets')
          .attach('photo', await picture(), 'a.png')
      ).body,
    ).toMatchObject({ status: 422, errors: [{ pointer: '/file' }] });
    expect((await as(anna).post('/assets').send({ file: 'x' })).body).toMatchObject({ status: 415, code: 'multipart_expected' });
  });

  it('leaves no file behind when it refuses', async () => {
    const before = await stored(anna);
    await upload(anna, Buffer.from('no picture'));
    expect(await stored(anna)).toEqual(before);
  });
});

describe('an upload in three steps', () => {
  const begin = async (person: Person, file: Buffer, more: object = {}) =>
    as(person)
      .post('/uploads')
      .send({ filename: 'big.png', size: file.length, contentType: 'image/png', purpose: 'input', ...more });
  const put = (target: { url: string; headers: Record<string, string> }, file: Buffer): Promise<Response> =>
    fetch(target.url, { method: 'PUT', headers: target.headers, body: new Uint8Array(file) });

  it.each([
    ['with its SHA-256, straight to storage', (file: Buffer) => ({ sha256: createHash('sha256').update(file).digest('hex') })],
    ['without it, through our own door', () => ({})],
  ])('%s: the same asset however often it is completed', async (_how, more) => {
    const file = await picture(50, 50);
    const { body } = await begin(anna, file, more(file));
    expect(body.uploadId).toMatch(/^upl_/);
    expect((await as(anna).post(`/uploads/${body.uploadId}/complete`)).body).toMatchObject({ status: 409, code: 'upload_incomplete' });
    expect((await put(body, file)).ok).toBe(true);
    const answers = await Promise.all([1, 2, 3].map(() => as(anna).post(`/uploads/${body.uploadId}/complete`)));
    expect(answers.map((a) => a.status)).toEqual([200, 200, 200]);
    expect(new Set(answers.map((a) => a.body.id)).size).toBe(1);
    expect(answers[0]!.body).toMatchObject({ width: 50, height: 50, filename: 'big.png', bytes: file.length });
    expect((await follow(anna, `/assets/${answers[0]!.body.id}/content`)).body.equals(file)).toBe(true);
    expect((await stored(anna)).some((key) => key.includes('/upload/'))).toBe(false);
  });

  it('takes neither other bytes than announced, nor more, nor without the token', async () => {
    const file = await picture(50, 50);
    const digest = (await begin(anna, file, { sha256: createHash('sha256').update(file).digest('hex') })).body;
    expect((await put(digest, await picture(51, 50))).status).toBe(422);
    const ours = (await begin(anna, file)).body;
    expect((await put(ours, Buffer.concat([file, file]))).status).toBe(422);
    expect((await put({ ...ours, headers: { 'content-type': 'image/png' } }, file)).status).toBe(404);
    expect((await put({ ...ours, headers: { ...ours.headers, 'x-upload-token': 'x'.repeat(43) } }, file)).status).toBe(404);
    expect((await put({ ...ours, headers: { ...ours.headers, 'content-type': 'image/webp' } }, file)).status).toBe(415);
    for (const id of [digest.uploadId, ours.uploadId]) expect((await as(anna).post(`/uploads/${id}/complete`)).status).toBe(409);
  });

  it('keeps its refusal of a bad file, and nothing of the file', async () => {
    const file = Buffer.from('GIF89a – certainly no PNG');
    const { body } = await begin(anna, file);
    await put(body, file);
    for (let i = 0; i < 2; i++)
      expect((await as(anna).post(`/uploads/${body.uploadId}/complete`)).body).toMatchObject({ status: 415, code: 'unsupported_type' });
    expect((await stored(anna)).some((key) => key.includes('/upload/'))).toBe(false);
  });

  it('refuses by what is announced, all faults at once', async () => {
    const file = await picture();
    expect((await begin(anna, file, { size: 2 * 1024 ** 3 })).body).toMatchObject({ status: 413, code: 'file_too_large' });
    expect((await begin(anna, file, { contentType: 'image/svg+xml' })).body).toMatchObject({ status: 415, code: 'unsupported_type' });
    const { body } = await begin(anna, file, { size: -1, filename: '', sha256: 'abc', purpose: 'fun' });
    expect(body.status).toBe(422);
    expect(body.errors.map((e: { pointer: string }) => e.pointer).sort()).toEqual(['/filename', '/purpose', '/sha256', '/size']);
  });

  it('expires, and its bytes are swept', async () => {
    const file = await picture();
    const { body } = await begin(anna, file);
    await put(body, file);
    await app.db.sql(`UPDATE upload SET expires_at = now() - interval '1 second' WHERE id = $1`, [parseId('upl', body.uploadId)]);
    expect((await as(anna).post(`/uploads/${body.uploadId}/complete`)).body).toMatchObject({ status: 409, code: 'upload_expired' });
    await app.nest.get(AssetSweeps, { strict: false }).expireUploads();
    expect((await stored(anna)).some((key) => key.includes('/upload/'))).toBe(false);
    expect((await as(anna).post(`/uploads/${body.uploadId}/complete`)).body).toMatchObject({ code: 'upload_expired' });
  });
});

describe('renditions', () => {
  it('thumbnails fit into their square, are WebP, never larger than the picture, made once however many ask', async () => {
    const id = await uploaded(
      anna,
      await sharp({ create: { width: 1200, height: 300, channels: 3, background: 'navy' } })
        .png()
        .toBuffer(),
    );
    const answers = await Promise.all([1, 2, 3, 4].map(() => follow(anna, `/assets/${id}/content?size=256`)));
    const meta = await sharp(answers[0]!.body).metadata();
    expect(meta).toMatchObject({ format: 'webp', width: 256, height: 64 });
    for (const answer of answers) expect(answer.body.equals(answers[0]!.body)).toBe(true);
    const small = await uploaded(anna, await picture(30, 30));
    expect(await sharp((await follow(anna, `/assets/${small}/content?size=1024`)).body).metadata()).toMatchObject({ width: 30, height: 30 });
    expect((await as(anna).get(`/assets/${small}/content?size=300`)).status).toBe(422);
  });

  it('metadata=strip gives the same pixels without words, and leaves the original alone', async () => {
    const file = await picture(33, 22, 'where I live');
    const id = await uploaded(anna, file);
    const plain = (await follow(anna, `/assets/${id}/content?metadata=strip`)).body;
    expect(plain.includes('where I live')).toBe(false);
    expect((await sharp(plain).raw().toBuffer()).equals(await sharp(file).raw().toBuffer())).toBe(true);
    expect((await follow(anna, `/assets/${id}/content`)).body.equals(file)).toBe(true);
    const jpeg = await sharp(file)
      .jpeg()
      .withExif({ IFD0: { Copyright: 'somebody at home' } })
      .toBuffer();
    const second = (await upload(anna, jpeg, { contentType: 'image/jpeg' })).body.id;
    expect((await follow(anna, `/assets/${second}/content?metadata=strip`)).body.includes('somebody at home')).toBe(false);
  });
});

describe('who sees what', () => {
  it("another tenant's asset is 404 on every route, and no upload of his can be completed", async () => {
    const id = await uploaded(other);
    const { body } = await as(other).post('/uploads').send({ filename: 'a.png', size: 10, contentType: 'image/png' });
    const answers = await Promise.all([
      as(anna).get(`/assets/${id}`),
      as(anna).get(`/assets/${id}/content`).redirects(0),
      as(anna).get(`/assets/${id}/content?size=256`).redirects(0),
      as(anna).delete(`/assets/${id}`),
      as(anna).patch(`/assets/${id}`).send({ visibility: 'tenant' }),
      as(anna).post(`/assets/${id}/report`).send({ reason: 'other' }),
      as(anna).post(`/uploads/${body.uploadId}/complete`),
    ]);
    expect(answers.map((a) => a.status)).toEqual([404, 404, 404, 404, 404, 404, 404]);
    expect((await as(anna).get('/assets?scope=tenant&limit=100')).text).not.toContain(id);
    await expect(tx(anna, (em) => assets().inputOf(systemCtx(tenantUuid(anna), 'test'), em, parseId('ast', id)))).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('a private asset is 404 for another member; tenant visibility shows it, and only the owner may change that', async () => {
    const id = await uploaded(anna);
    expect((await as(ben).get(`/assets/${id}`)).status).toBe(404);
    expect((await as(ben).get(`/assets/${id}/content`).redirects(0)).status).toBe(404);
    expect((await as(anna).patch(`/assets/${id}`).send({ visibility: 'tenant' })).body).toMatchObject({ visibility: 'tenant' });
    expect((await as(ben).get(`/assets/${id}`)).status).toBe(200);
    expect((await as(ben).patch(`/assets/${id}`).send({ visibility: 'private' })).body).toMatchObject({ status: 403, code: 'permission_denied' });
    expect((await as(ben).delete(`/assets/${id}`)).status).toBe(403);
    expect((await as(anna).patch(`/assets/${id}`).send({ visibility: 'team' })).body).toMatchObject({ status: 422, errors: [{ pointer: '/visibility' }] });
  });

  it("an owner reads a member's private asset by an audited right; lists keep the member's words back", async () => {
    const id = (await upload(ben, await picture(), { filename: 'my secret.png' })).body.id as string;
    expect((await as(anna).get('/assets?limit=100')).text).not.toContain(id);
    const all = await as(anna).get('/assets?scope=tenant&limit=100');
    expect(all.body.data.find((a: { id: string }) => a.id === id)).toMatchObject({ filename: null, ownerId: ben.userId });
    expect((await as(anna).get('/assets?scope=tenant&q=secret')).body.data).toEqual([]);
    expect((await as(anna).get(`/assets/${id}`)).body).toMatchObject({ filename: 'my secret.png' });
    await follow(anna, `/assets/${id}/content`);
    const noted = await app.db.sql<{ action: string }>(`SELECT action FROM audit_entry WHERE tenant_id = $1 AND target = $2 ORDER BY action`, [
      tenantUuid(anna),
      id,
    ]);
    expect(noted.map((n) => n.action)).toEqual(['asset.content_read', 'asset.read']);
  });
});

describe('the gallery', () => {
  it('pages newest first without gap or repetition while new ones arrive, and filters', async () => {
    const person = await app.register('Gallery');
    await app.setPlan(person.tenantId, 'enterprise');
    const made: string[] = [];
    for (let i = 0; i < 7; i++) made.unshift((await upload(person, await picture(), { filename: `view ${i}.png` })).body.id);
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const { body } = await app.api(person.token).get(`/assets?limit=3${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.data.map((a: { id: string }) => a.id));
      if (seen.length === 3) await upload(person, await picture());
      if (!body.hasMore) break;
      cursor = body.nextCursor;
    }
    expect(seen).toEqual(made);
    const ids = async (query: string): Promise<string[]> => (await app.api(person.token).get(`/assets?${query}`)).body.data.map((a: { id: string }) => a.id);
    expect(await ids('q=VIEW%203')).toEqual([made[3]]);
    expect(await ids('q=%25')).toEqual([]);
    expect(await ids('type=video')).toEqual([]);
    expect(await ids('source=job')).toEqual([]);
    expect((await app.api(person.token).get('/assets?cursor=nonsense&limit=1')).status).toBe(422);
    expect((await app.api(person.token).get('/assets?limit=0&scope=all&size=3')).body.errors.length).toBeGreaterThanOrEqual(2);
  });
});

describe('what jobs make', () => {
  const output = async (parents: string[] = []): Promise<OutputAsset> => {
    const file = await picture(16, 16);
    const [taskId, jobId, id] = [randomUUID(), randomUUID(), randomUUID()];
    const key = `t/${tenantUuid(anna)}/out/${taskId}/1/${id}`;
    const { sha256, bytes } = await app.nest.get(Storage).put(key, file, { contentType: 'image/png' });
    return {
      id,
      jobId,
      taskId,
      slot: 'image',
      key,
      sha256,
      bytes,
      contentType: 'image/png',
      width: 16,
      height: 16,
      ownerId: parseId('usr', anna.userId),
      teamId: null,
      visibility: 'private',
      simulated: true,
      prompt: 'a fox in the snow',
      parameters: { prompt: 'a fox in the snow', seed: 7 },
      metadata: { engine: 'builtin' },
      parents,
    };
  };

  it('is an asset with parameters, lineage both ways, and its place in the gallery', async () => {
    const source = await uploaded(anna);
    const made = await output([parseId('ast', source)]);
    await tx(anna, (em) => assets().createFromOutputs(em, tenantUuid(anna), [made]));
    const id = typeId('ast', made.id);
    expect((await as(anna).get(`/assets/${id}`)).body).toMatchObject({
      jobId: typeId('job', made.jobId),
      simulated: true,
      prompt: 'a fox in the snow',
      parameters: { seed: 7 },
      metadata: { engine: 'builtin' },
      cost: null,
      lineage: { parents: [{ id: source, relation: 'source', deleted: false }], children: [] },
    });
    expect((await as(anna).get(`/assets/${source}`)).body.lineage.children).toMatchObject([{ id }]);
    expect((await as(anna).get('/assets?q=fox%20in&source=job')).body.data).toMatchObject([{ id }]);
    expect((await as(anna).get(`/assets?jobId=${typeId('job', made.jobId)}`)).body.data).toHaveLength(1);
    await expect(tx(anna, (em) => assets().outputViews(em, [made.id]))).resolves.toEqual([
      { assetId: id, type: 'image', url: `${app.url}/api/v1/assets/${id}/content`, width: 16, height: 16 },
    ]);
  });

  it('is delivered once for a task and slot', async () => {
    const made = await output();
    await tx(anna, (em) => assets().createFromOutputs(em, tenantUuid(anna), [made]));
    await expect(tx(anna, (em) => assets().createFromOutputs(em, tenantUuid(anna), [{ ...made, id: randomUUID(), key: `${made.key}x` }]))).rejects.toThrow(
      'asset_output',
    );
  });

  it('is swept with everything else that no row speaks for, unless its job still runs', async () => {
    const [kept, orphan, awaited] = [await output(), await output(), await output()];
    await tx(anna, (em) => assets().createFromOutputs(em, tenantUuid(anna), [kept]));
    app.nest.get(OutputClaims, { strict: false }).register(async (_tenant, keys) => new Set(keys.filter((k) => k === awaited.key)));
    const shown = await uploaded(anna);
    await follow(anna, `/assets/${shown}/content?size=256`);
    const sweeps = app.nest.get(AssetSweeps, { strict: false });
    const before = await stored(anna);
    expect(await sweeps.removeOrphans()).toBe(0);
    await sweeps.removeOrphans(Date.now() + 25 * 3_600_000);
    const after = await stored(anna);
    expect(before.filter((key) => !after.includes(key))).toEqual([orphan.key]);
  });
});

describe('deleting', () => {
  it('is refused while a job needs the asset, and says which', async () => {
    const [id, jobId] = [await uploaded(anna), randomUUID()];
    await tx(anna, (em) => assets().pinMany(em, tenantUuid(anna), [{ assetId: parseId('ast', id), holderKind: 'job', holderId: jobId }]));
    const refused = await as(anna).delete(`/assets/${id}`);
    expect(refused.body).toMatchObject({ status: 409, code: 'asset_pinned', holders: [{ kind: 'job', id: typeId('job', jobId) }] });
    await tx(anna, (em) => assets().unpin(em, 'job', [jobId]));
    expect((await as(anna).delete(`/assets/${id}`)).status).toBe(204);
    expect((await as(anna).get(`/assets/${id}`)).status).toBe(404);
    expect((await as(anna).delete(`/assets/${id}`)).status).toBe(404);
  });

  it('and pinning exclude each other, whoever comes first', async () => {
    for (let round = 0; round < 5; round++) {
      const [id, jobId] = [await uploaded(anna), randomUUID()];
      const [deleted, pinned] = await Promise.all([
        as(anna).delete(`/assets/${id}`),
        tx(anna, (em) => assets().pinMany(em, tenantUuid(anna), [{ assetId: parseId('ast', id), holderKind: 'job', holderId: jobId }])).then(
          () => true,
          () => false,
        ),
      ]);
      expect([deleted.status, pinned]).toEqual(pinned ? [409, true] : [204, false]);
      await tx(anna, (em) => assets().unpin(em, 'job', [jobId]));
    }
  });

  it('takes the bytes and all renditions along within minutes, and keeps the row for lineage', async () => {
    const id = await uploaded(anna, await picture(300, 300));
    await follow(anna, `/assets/${id}/content?size=256`);
    await follow(anna, `/assets/${id}/content?metadata=strip`);
    const mine = async (): Promise<string[]> => (await stored(anna)).filter((key) => key.includes(parseId('ast', id)));
    expect(await mine()).toHaveLength(3);
    await as(anna).delete(`/assets/${id}`);
    await app.db.sql(`UPDATE asset SET deleted_at = now() - interval '2 minutes' WHERE id = $1`, [parseId('ast', id)]);
    await app.nest.get(AssetSweeps, { strict: false }).removeDeleted();
    expect(await mine()).toEqual([]);
    expect(await app.db.sql(`SELECT FROM asset WHERE id = $1 AND bytes_removed_at IS NOT NULL`, [parseId('ast', id)])).toHaveLength(1);
    expect(await app.db.sql(`SELECT FROM audit_entry WHERE target = $1 AND action = 'asset.deleted'`, [id])).toHaveLength(1);
  });
});

describe('what a plan holds', () => {
  it('is shown with what is used, and refuses what does not fit with the numbers', async () => {
    const person = await app.register('Full');
    await upload(person, await picture());
    const { body } = await app.api(person.token).get('/storage/stats');
    expect(body).toMatchObject({ count: 1, quotaBytes: 5e9, byType: [{ type: 'image', count: 1, bytes: body.bytes }] });
    await app.db.sql(`UPDATE asset SET bytes = $2 WHERE tenant_id = $1`, [tenantUuid(person), 5e9]);
    expect((await upload(person, await picture())).body).toMatchObject({ status: 403, code: 'plan_required', limit: 'storageBytes', quotaBytes: 5e9 });
  });

  it('allows as many uploads per hour as it says', async () => {
    const person = await app.register('Often');
    const answers = [];
    for (let i = 0; i < 21; i++)
      answers.push((await app.api(person.token).post('/uploads').send({ filename: 'a.png', size: 10, contentType: 'image/png' })).status);
    expect(answers).toEqual([...Array(20).fill(201), 429]);
  });
});

it('a report is kept and audited', async () => {
  const id = await uploaded(anna);
  expect((await as(anna).post(`/assets/${id}/report`).send({ reason: 'nonsense' })).status).toBe(422);
  const answer = await as(anna).post(`/assets/${id}/report`).send({ reason: 'copyright', details: 'mine' });
  expect(answer.status).toBe(201);
  expect(answer.body).toMatchObject({ assetId: id, reason: 'copyright' });
  expect(await app.db.sql(`SELECT reason, details FROM asset_report WHERE asset_id = $1`, [parseId('ast', id)])).toEqual([
    { reason: 'copyright', details: 'mine' },
  ]);
});

async function stored(person: Person): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of app.nest.get(Storage).list(`t/${tenantUuid(person)}/`)) keys.push(key);
  return keys;
}

/** A request piece by piece, which may stop before its end, as a client that was refused would. */
function raw(method: string, path: string, headers: Record<string, string>, pieces: Buffer[], finish: boolean): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${app.url}${path}`, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) });
        request.destroy();
      });
    });
    request.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' || error.code === 'ECONNRESET' ? undefined : reject(error)));
    for (const piece of pieces) request.write(piece);
    if (finish) request.end();
  });
}
