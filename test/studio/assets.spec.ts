import { randomUUID } from 'node:crypto';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemCtx } from '../../src/platform/context/index.js';
import { parseId, typeId } from '../../src/platform/ids/index.js';
import { Storage } from '../../src/platform/storage/index.js';
import { OutputClaims, type OutputAsset } from '../../src/studio/assets/index.js';
import { picture, Studio } from './studio.js';

let studio: Studio;
beforeAll(async () => {
  studio = await Studio.open();
});
afterAll(() => studio?.app.close());

describe('renditions', () => {
  it('thumbnails fit into their square, are WebP, never larger than the picture, made once however many ask', async () => {
    const id = await studio.uploaded(
      studio.anna,
      await sharp({ create: { width: 1200, height: 300, channels: 3, background: 'navy' } })
        .png()
        .toBuffer(),
    );
    const answers = await Promise.all([1, 2, 3, 4].map(() => studio.follow(studio.anna, `/assets/${id}/content?size=256`)));
    const meta = await sharp(answers[0]!.body).metadata();
    expect(meta).toMatchObject({ format: 'webp', width: 256, height: 64 });
    for (const answer of answers) expect(answer.body.equals(answers[0]!.body)).toBe(true);
    const small = await studio.uploaded(studio.anna, await picture(30, 30));
    expect(await sharp((await studio.follow(studio.anna, `/assets/${small}/content?size=1024`)).body).metadata()).toMatchObject({ width: 30, height: 30 });
    expect((await studio.as(studio.anna).get(`/assets/${small}/content?size=300`)).status).toBe(422);
  });

  it('metadata=strip gives the same pixels without words, and leaves the original alone', async () => {
    const file = await picture(33, 22, 'where I live');
    const id = await studio.uploaded(studio.anna, file);
    const plain = (await studio.follow(studio.anna, `/assets/${id}/content?metadata=strip`)).body;
    expect(plain.includes('where I live')).toBe(false);
    expect((await sharp(plain).raw().toBuffer()).equals(await sharp(file).raw().toBuffer())).toBe(true);
    expect((await studio.follow(studio.anna, `/assets/${id}/content`)).body.equals(file)).toBe(true);
    const jpeg = await sharp(file)
      .jpeg()
      .withExif({ IFD0: { Copyright: 'somebody at home' } })
      .toBuffer();
    const second = (await studio.upload(studio.anna, jpeg, { contentType: 'image/jpeg' })).body.id;
    expect((await studio.follow(studio.anna, `/assets/${second}/content?metadata=strip`)).body.includes('somebody at home')).toBe(false);
  });
});

describe('who sees what', () => {
  it("another tenant's asset is 404 on every route, and no upload of his can be completed", async () => {
    const id = await studio.uploaded(studio.other);
    const { body } = await studio.as(studio.other).post('/uploads').send({ filename: 'a.png', size: 10, contentType: 'image/png' });
    const answers = await Promise.all([
      studio.as(studio.anna).get(`/assets/${id}`),
      studio.as(studio.anna).get(`/assets/${id}/content`).redirects(0),
      studio.as(studio.anna).get(`/assets/${id}/content?size=256`).redirects(0),
      studio.as(studio.anna).delete(`/assets/${id}`),
      studio.as(studio.anna).patch(`/assets/${id}`).send({ visibility: 'tenant' }),
      studio.as(studio.anna).post(`/assets/${id}/report`).send({ reason: 'other' }),
      studio.as(studio.anna).post(`/uploads/${body.uploadId}/complete`),
    ]);
    expect(answers.map((a) => a.status)).toEqual([404, 404, 404, 404, 404, 404, 404]);
    expect((await studio.as(studio.anna).get('/assets?scope=tenant&limit=100')).text).not.toContain(id);
    await expect(
      studio.tx(studio.anna, (em) => studio.assets.inputOf(systemCtx(studio.tenantUuid(studio.anna), 'test'), em, parseId('ast', id))),
    ).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('a private asset is 404 for another member; tenant visibility shows it, and only the owner may change that', async () => {
    const id = await studio.uploaded(studio.anna);
    expect((await studio.as(studio.ben).get(`/assets/${id}`)).status).toBe(404);
    expect((await studio.as(studio.ben).get(`/assets/${id}/content`).redirects(0)).status).toBe(404);
    expect((await studio.as(studio.anna).patch(`/assets/${id}`).send({ visibility: 'tenant' })).body).toMatchObject({ visibility: 'tenant' });
    expect((await studio.as(studio.ben).get(`/assets/${id}`)).status).toBe(200);
    expect((await studio.as(studio.ben).patch(`/assets/${id}`).send({ visibility: 'private' })).body).toMatchObject({ status: 403, code: 'permission_denied' });
    expect((await studio.as(studio.ben).delete(`/assets/${id}`)).status).toBe(403);
    expect((await studio.as(studio.anna).patch(`/assets/${id}`).send({ visibility: 'team' })).body).toMatchObject({
      status: 422,
      errors: [{ pointer: '/visibility' }],
    });
  });

  it("an owner reads a member's private asset by an audited right; lists keep the member's words back", async () => {
    const id = (await studio.upload(studio.ben, await picture(), { filename: 'my secret.png' })).body.id as string;
    expect((await studio.as(studio.anna).get('/assets?limit=100')).text).not.toContain(id);
    const all = await studio.as(studio.anna).get('/assets?scope=tenant&limit=100');
    expect(all.body.data.find((a: { id: string }) => a.id === id)).toMatchObject({ filename: null, ownerId: studio.ben.userId });
    expect((await studio.as(studio.anna).get('/assets?scope=tenant&q=secret')).body.data).toEqual([]);
    expect((await studio.as(studio.anna).get(`/assets/${id}`)).body).toMatchObject({ filename: 'my secret.png' });
    await studio.follow(studio.anna, `/assets/${id}/content`);
    const noted = await studio.app.db.sql<{ action: string }>(`SELECT action FROM audit_entry WHERE tenant_id = $1 AND target = $2 ORDER BY action`, [
      studio.tenantUuid(studio.anna),
      id,
    ]);
    expect(noted.map((n) => n.action)).toEqual(['asset.content_read', 'asset.read']);
  });

  it("a key of the tenant's owner reaches nobody else's private asset: not in lists, not by showing, not by deleting", async () => {
    const id = await studio.uploaded(studio.ben);
    const made = await studio
      .as(studio.anna)
      .post('/api-keys')
      .send({ name: 'robot', scopes: ['asset:read', 'asset:create', 'asset:delete'] });
    const robot = studio.app.api(made.body.key as string);
    expect((await robot.get('/assets?scope=tenant&limit=100')).text).not.toContain(id);
    expect((await robot.patch(`/assets/${id}`).send({ visibility: 'tenant' })).status).toBe(404);
    expect((await robot.delete(`/assets/${id}`)).status).toBe(404);
    await studio.as(studio.ben).patch(`/assets/${id}`).send({ visibility: 'tenant' });
    expect((await robot.get(`/assets/${id}`)).status).toBe(200);
    expect((await robot.delete(`/assets/${id}`)).status).toBe(403);
  });
});

describe('the gallery', () => {
  it('pages newest first without gap or repetition while new ones arrive, and filters', async () => {
    const person = await studio.app.register('Gallery');
    await studio.app.setPlan(person.tenantId, 'enterprise');
    const made: string[] = [];
    for (let i = 0; i < 7; i++) made.unshift((await studio.upload(person, await picture(), { filename: `view ${i}.png` })).body.id);
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const { body } = await studio.app.api(person.token).get(`/assets?limit=3${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.data.map((a: { id: string }) => a.id));
      if (seen.length === 3) await studio.upload(person, await picture());
      if (!body.hasMore) break;
      cursor = body.nextCursor;
    }
    expect(seen).toEqual(made);
    const ids = async (query: string): Promise<string[]> =>
      (await studio.app.api(person.token).get(`/assets?${query}`)).body.data.map((a: { id: string }) => a.id);
    expect(await ids('q=VIEW%203')).toEqual([made[3]]);
    expect(await ids('q=%25')).toEqual([]);
    expect(await ids('type=video')).toEqual([]);
    expect(await ids('source=job')).toEqual([]);
    expect((await studio.app.api(person.token).get('/assets?cursor=nonsense&limit=1')).status).toBe(422);
    expect((await studio.app.api(person.token).get('/assets?limit=0&scope=all&size=3')).body.errors.length).toBeGreaterThanOrEqual(2);
  });
});

describe('what jobs make', () => {
  const output = async (parents: OutputAsset['parents'] = []): Promise<OutputAsset> => {
    const file = await picture(16, 16);
    const [taskId, jobId, id] = [randomUUID(), randomUUID(), randomUUID()];
    const key = `t/${studio.tenantUuid(studio.anna)}/out/${taskId}/1/${id}`;
    const { sha256, bytes } = await studio.app.nest.get(Storage).put(key, file, { contentType: 'image/png' });
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
      ownerId: parseId('usr', studio.anna.userId),
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
    const source = await studio.uploaded(studio.anna);
    const made = await output([{ id: parseId('ast', source), relation: 'image' }]);
    await studio.tx(studio.anna, (em) => studio.assets.createFromOutputs(em, studio.tenantUuid(studio.anna), [made]));
    const id = typeId('ast', made.id);
    expect((await studio.as(studio.anna).get(`/assets/${id}`)).body).toMatchObject({
      jobId: typeId('job', made.jobId),
      simulated: true,
      prompt: 'a fox in the snow',
      parameters: { seed: 7 },
      metadata: { engine: 'builtin' },
      cost: null,
      lineage: { parents: [{ id: source, relation: 'image', deleted: false }], children: [] },
    });
    expect((await studio.as(studio.anna).get(`/assets/${source}`)).body.lineage.children).toMatchObject([{ id }]);
    expect((await studio.as(studio.anna).get('/assets?q=fox%20in&source=job')).body.data).toMatchObject([{ id }]);
    expect((await studio.as(studio.anna).get(`/assets?jobId=${typeId('job', made.jobId)}`)).body.data).toHaveLength(1);
    await expect(studio.tx(studio.anna, (em) => studio.assets.outputViews(em, [made.id]))).resolves.toEqual([
      { assetId: id, type: 'image', url: `${studio.app.url}/api/v1/assets/${id}/content`, width: 16, height: 16 },
    ]);
  });

  it('is delivered once for a task and slot', async () => {
    const made = await output();
    await studio.tx(studio.anna, (em) => studio.assets.createFromOutputs(em, studio.tenantUuid(studio.anna), [made]));
    await expect(
      studio.tx(studio.anna, (em) => studio.assets.createFromOutputs(em, studio.tenantUuid(studio.anna), [{ ...made, id: randomUUID(), key: `${made.key}x` }])),
    ).rejects.toThrow('asset_output');
  });

  it('is swept with everything else that no row speaks for, unless its job still runs', async () => {
    const [kept, orphan, awaited] = [await output(), await output(), await output()];
    await studio.tx(studio.anna, (em) => studio.assets.createFromOutputs(em, studio.tenantUuid(studio.anna), [kept]));
    studio.app.nest.get(OutputClaims, { strict: false }).register(async (_tenant, keys) => new Set(keys.filter((k) => k === awaited.key)));
    const shown = await studio.uploaded(studio.anna);
    await studio.follow(studio.anna, `/assets/${shown}/content?size=256`);
    const sweeps = studio.sweeps;
    const before = await studio.stored(studio.anna);
    expect(await sweeps.removeOrphans()).toBe(0);
    await sweeps.removeOrphans(Date.now() + 25 * 3_600_000);
    const after = await studio.stored(studio.anna);
    expect(before.filter((key) => !after.includes(key))).toEqual([orphan.key]);
  });
});

describe('deleting', () => {
  it('is refused while a job needs the asset, and says which', async () => {
    const [id, jobId] = [await studio.uploaded(studio.anna), randomUUID()];
    await studio.tx(studio.anna, (em) =>
      studio.assets.pinMany(em, studio.tenantUuid(studio.anna), [{ assetId: parseId('ast', id), holderKind: 'job', holderId: jobId }]),
    );
    const refused = await studio.as(studio.anna).delete(`/assets/${id}`);
    expect(refused.body).toMatchObject({ status: 409, code: 'asset_pinned', holders: [{ kind: 'job', id: typeId('job', jobId) }] });
    await studio.tx(studio.anna, (em) => studio.assets.unpin(em, 'job', [jobId]));
    expect((await studio.as(studio.anna).delete(`/assets/${id}`)).status).toBe(204);
    expect((await studio.as(studio.anna).get(`/assets/${id}`)).status).toBe(404);
    expect((await studio.as(studio.anna).delete(`/assets/${id}`)).status).toBe(404);
  });

  it('and pinning exclude each studio.other, whoever comes first', async () => {
    for (let round = 0; round < 5; round++) {
      const [id, jobId] = [await studio.uploaded(studio.anna), randomUUID()];
      const [deleted, pinned] = await Promise.all([
        studio.as(studio.anna).delete(`/assets/${id}`),
        studio
          .tx(studio.anna, (em) =>
            studio.assets.pinMany(em, studio.tenantUuid(studio.anna), [{ assetId: parseId('ast', id), holderKind: 'job', holderId: jobId }]),
          )
          .then(
            () => true,
            () => false,
          ),
      ]);
      expect([deleted.status, pinned]).toEqual(pinned ? [409, true] : [204, false]);
      await studio.tx(studio.anna, (em) => studio.assets.unpin(em, 'job', [jobId]));
    }
  });

  it('takes the bytes and all renditions along within minutes, and keeps the row for lineage', async () => {
    const id = await studio.uploaded(studio.anna, await picture(300, 300));
    await studio.follow(studio.anna, `/assets/${id}/content?size=256`);
    await studio.follow(studio.anna, `/assets/${id}/content?metadata=strip`);
    const mine = async (): Promise<string[]> => (await studio.stored(studio.anna)).filter((key) => key.includes(parseId('ast', id)));
    expect(await mine()).toHaveLength(3);
    await studio.as(studio.anna).delete(`/assets/${id}`);
    await studio.app.db.sql(`UPDATE asset SET deleted_at = now() - interval '2 minutes' WHERE id = $1`, [parseId('ast', id)]);
    await studio.sweeps.removeDeleted();
    expect(await mine()).toEqual([]);
    expect(await studio.app.db.sql(`SELECT FROM asset WHERE id = $1 AND bytes_removed_at IS NOT NULL`, [parseId('ast', id)])).toHaveLength(1);
    expect(await studio.app.db.sql(`SELECT FROM audit_entry WHERE target = $1 AND action = 'asset.deleted'`, [id])).toHaveLength(1);
  });
});

it('a report is kept and audited', async () => {
  const id = await studio.uploaded(studio.anna);
  expect((await studio.as(studio.anna).post(`/assets/${id}/report`).send({ reason: 'nonsense' })).status).toBe(422);
  const answer = await studio.as(studio.anna).post(`/assets/${id}/report`).send({ reason: 'copyright', details: 'mine' });
  expect(answer.status).toBe(201);
  expect(answer.body).toMatchObject({ assetId: id, reason: 'copyright' });
  expect(await studio.app.db.sql(`SELECT reason, details FROM asset_report WHERE asset_id = $1`, [parseId('ast', id)])).toEqual([
    { reason: 'copyright', details: 'mine' },
  ]);
});
