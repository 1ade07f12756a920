import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ATELIER_KEYWORD, readPngText } from '../../src/studio/assets/png-chunks.js';
import { openSocket, openStream } from '../realtime/client.js';
import { startApp, type Person, type TestApp } from '../support/app.js';

let app: TestApp;
let anna: Person;

beforeAll(async () => {
  app = await startApp({ ATELIER_LOCAL_BOXES: '1', ATELIER_LOCAL_SLOTS: '1' });
  anna = await app.register('Anna');
  await app.setPlan(anna.tenantId, 'pro');
});
afterAll(() => app?.close());

interface JobAnswer {
  id: string;
  status: string;
  outputs: { assetId: string; url: string; width: number; height: number }[];
}
const run = async (path: string, body: object): Promise<JobAnswer> => {
  const answer = await app.api(anna.token).post(path).set('prefer', 'wait=50').send(body);
  expect(answer.body).toMatchObject({ status: 'succeeded' });
  return answer.body as JobAnswer;
};
const bytes = async (assetId: string, query = ''): Promise<Buffer> => {
  const answer = await app.api(anna.token).get(`/assets/${assetId}/content${query}`).redirects(0);
  expect(answer.status).toBe(302);
  return Buffer.from(await (await fetch(answer.headers['location'] as string)).arrayBuffer());
};

it('four pictures of one job have the seeds that follow the first, and each is drawn again by its own', async () => {
  const wish = { prompt: 'a quiet harbour', width: 64, height: 64, steps: 2 };
  const [four, last] = [await run('/generate/txt2img', { ...wish, seed: 40, batchSize: 4 }), await run('/generate/txt2img', { ...wish, seed: 43 })];
  const seedOf = async ({ assetId }: { assetId: string }): Promise<number> => (await app.api(anna.token).get(`/assets/${assetId}`)).body.parameters.seed;
  expect(await Promise.all(four.outputs.map(seedOf))).toEqual([40, 41, 42, 43]);
  const pixels = async ({ assetId }: { assetId: string }): Promise<string> =>
    (
      await sharp(await bytes(assetId))
        .raw()
        .toBuffer()
    ).toString('hex');
  const drawn = await Promise.all(four.outputs.map(pixels));
  expect(new Set(drawn).size).toBe(4);
  expect(await pixels(last.outputs[0]!)).toBe(drawn[3]);
});

it('two pictures of one job share its cost, carry their parameters, and lose them on request', async () => {
  const job = await run('/generate/txt2img', { prompt: 'a fox in the snow', seed: 7, batchSize: 2 });
  expect(job.outputs).toHaveLength(2);
  const asset = (await app.api(anna.token).get(`/assets/${job.outputs[1]!.assetId}`)).body;
  expect(asset).toMatchObject({
    jobId: job.id,
    type: 'image',
    contentType: 'image/png',
    width: 512,
    height: 512,
    simulated: true,
    prompt: 'a fox in the snow',
    ownerId: anna.userId,
    visibility: 'private',
  });
  expect(asset.cost).toMatchObject({ jobCharged: '2', outputs: 2, share: '1' });
  expect(asset.cost.gpuSeconds).toBeGreaterThan(0);
  expect(asset.cost).not.toHaveProperty('costMicros');
  expect(asset.url).toBe(job.outputs[1]!.url);

  const file = await bytes(asset.id);
  expect(file.length).toBe(asset.bytes);
  expect(readPngText(file, ATELIER_KEYWORD)).toContain('a fox in the snow');
  const plain = await bytes(asset.id, '?metadata=strip');
  expect(plain.includes('fox')).toBe(false);
  expect((await sharp(plain).raw().toBuffer()).equals(await sharp(file).raw().toBuffer())).toBe(true);
  expect(await sharp(await bytes(asset.id, '?size=256')).metadata()).toMatchObject({ format: 'webp', width: 256, height: 256 });
}, 90_000);

it('a picture made from another says so, and the source can be deleted only when the job has ended', async () => {
  const source = (
    await app
      .api(anna.token)
      .post('/assets')
      .attach(
        'file',
        await sharp({ create: { width: 512, height: 512, channels: 3, background: 'teal' } })
          .png()
          .toBuffer(),
        'teal.png',
      )
  ).body.id as string;
  const submitted = await app.api(anna.token).post('/generate/img2img').send({ prompt: 'a lake', image: source, steps: 150 });
  expect(submitted.status).toBe(202);
  expect((await app.api(anna.token).delete(`/assets/${source}`)).body).toMatchObject({
    status: 409,
    code: 'asset_pinned',
    holders: [{ kind: 'job', id: submitted.body.id }],
  });

  const sse = await openStream(`${app.url}/api/v1/jobs/${submitted.body.id}/events`, { authorization: `Bearer ${anna.token}` });
  const ws = await openSocket(`${app.url}/ws/jobs/${submitted.body.id}`, { headers: { authorization: `Bearer ${anna.token}` } });
  await Promise.all([sse.ended, ws.closed]);
  expect(
    sse.seen
      .map((e) => e.data['status'])
      .filter(Boolean)
      .at(-1),
  ).toBe('succeeded');
  expect(sse.seen.some((e) => e.event === 'progress' && typeof e.data['step'] === 'number')).toBe(true);
  expect(ws.messages.map((m) => m.id)).toEqual(sse.seen.map((e) => Number(e.id)));
  const { outputs } = sse.seen.find((e) => e.event === 'complete')!.data as unknown as JobAnswer;

  const made = (await app.api(anna.token).get(`/assets/${outputs[0]!.assetId}`)).body;
  expect(made.lineage.parents).toMatchObject([{ id: source, relation: 'image', deleted: false }]);
  expect((await app.api(anna.token).delete(`/assets/${source}`)).status).toBe(204);
  expect((await app.api(anna.token).get(`/assets/${made.id}`)).body.lineage.parents).toMatchObject([{ id: source, deleted: true, thumbnailUrl: null }]);
}, 90_000);
