import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseId } from '../../src/platform/ids/index.js';
import { Storage } from '../../src/platform/storage/index.js';
import { ImportWork } from '../../src/studio/models/imports/import-work.service.js';
import type { Person } from '../support/app.js';
import { Desk, digestOf, MALICE, lora, PART } from './desk.js';

let desk: Desk;
let anna: Person;
let bob: Person;
/** Requests that the web leaves hanging, until somebody lets them go. */
const hanging: (() => void)[] = [];

beforeAll(async () => {
  desk = await Desk.open((request, response) => {
    if (request.url === '/file') return void response.end(lora());
    if (!request.url!.startsWith('/slow')) return void response.writeHead(404).end();
    hanging.push(() => response.writeHead(404).end());
  });
  [anna, bob] = [await desk.person('Anna', 'pro'), await desk.person('Bob', 'pro')];
});
afterAll(() => desk?.close());

const sql = (text: string, values: unknown[] = []) => desk.app.db.sql(text, values);
const stored = async (digest: string): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of desk.app.nest.get(Storage).list('weights/')) if (key.includes(digest)) keys.push(key);
  return keys;
};

describe('a tenant that switches its model off', () => {
  it('stops nobody else whose model is the same file', async () => {
    const file = lora();
    const [hers, his] = [await desk.imported(anna, file, { name: 'Shared' }), await desk.imported(bob, file, { name: 'Shared' })];
    const { body } = await desk.api(anna).put(`/models/${hers.modelId}/thermal`).send({ mode: 'OFF' });
    expect(body).toMatchObject({ mode: 'OFF', state: 'OFF', service: 'DISABLED' });
    expect((await desk.api(anna).get(`/models/${hers.modelId}`)).body).toMatchObject({ thermal: 'OFF', ready: false, reason: { code: 'model_off' } });
    expect((await desk.api(bob).get(`/models/${his.modelId}`)).body.thermal).not.toBe('OFF');

    const { body: job } = await desk.api(bob).post('/generate/txt2img').send({ prompt: 'x', width: 64, height: 64 });
    const weights = JSON.stringify([{ digest: digestOf(file) }]);
    await sql(`UPDATE task SET weights = $1::jsonb, state = 'ready', not_before = NULL WHERE job_id = $2`, [weights, parseId('job', job.id)]);
    const [task] = (await sql('SELECT wait_reason, not_before FROM task WHERE job_id = $1', [parseId('job', job.id)])) as object[];
    expect(task).toMatchObject({ wait_reason: null, not_before: null });
    await desk.api(bob).delete(`/jobs/${job.id}`);

    expect((await desk.api(anna).put(`/models/${hers.modelId}/thermal`).send({ mode: 'COLD' })).body).toMatchObject({ mode: 'COLD' });
    expect((await desk.api(anna).get(`/models/${hers.modelId}`)).body.thermal).toBe('COLD');
  });
});

describe('bytes', () => {
  it('that somebody brings again while nobody needed them stay, however the tidying runs', async () => {
    const file = lora();
    const first = await desk.imported(anna, file);
    await desk.api(anna).delete(`/models/${first.modelId}`);
    await sql(`UPDATE weights SET checked_at = now() - interval '2 days' WHERE digest = $1`, [digestOf(file)]);
    const storage = desk.app.nest.get(Storage);
    const real = storage.delete.bind(storage);
    // Between the row's end and that of the bytes, Bob brings the same file.
    storage.delete = async (keys) => {
      if (keys.some((key) => key.startsWith('weights/'))) {
        storage.delete = real;
        expect(await desk.imported(bob, file)).toMatchObject({ stage: 'done' });
      }
      return real(keys);
    };
    await desk.app.nest.get(ImportWork).upkeep();
    storage.delete = real;
    const [{ key }] = (await sql('SELECT storage_key AS key FROM model_version WHERE digest = $1 ORDER BY created_at DESC LIMIT 1', [digestOf(file)])) as [
      { key: string },
    ];
    expect(await storage.head(key)).toMatchObject({ sha256: digestOf(file) });
  });

  it('lie here once for two tenants', async () => {
    const file = lora();
    await desk.imported(anna, file);
    await desk.imported(bob, file);
    expect(await stored(digestOf(file))).toHaveLength(1);
  });

  it('of a file that is not what was wished are not kept', async () => {
    const file = lora();
    expect((await desk.imported(anna, file, { type: 'checkpoint' })).refusal).toMatchObject({ code: 'other_type' });
    expect(await stored(digestOf(file))).toEqual([]);
    expect(await sql('SELECT 1 FROM weights WHERE digest = $1', [digestOf(file)])).toEqual([]);
  });
});

describe('an import', () => {
  it('whose process died is taken up again when its time has run out, not before', async () => {
    const file = lora(1.5 * PART);
    const { body } = await desk.begin(anna, file);
    await desk.sendParts(anna, body.id, file);
    await sql(`UPDATE model_import SET stage = 'checking', progress = 0.3, attempts = 1, leased_until = now() + interval '3 seconds' WHERE id = $1`, [
      parseId('mdv', body.id),
    ]);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await desk.importOf(anna, body.id)).toMatchObject({ stage: 'checking', progress: 0.3 });
    expect(await desk.ended(anna, body.id)).toMatchObject({ stage: 'done', bytes: file.length });
  });

  it('that two processes carry at once becomes one version', async () => {
    const file = lora();
    const { body } = await desk.begin(anna, file);
    const storage = desk.app.nest.get(Storage);
    const real = storage.put.bind(storage);
    storage.put = async (key, content, o) => {
      if (!key.startsWith('weights/')) return real(key, content, o);
      storage.put = real;
      // Its lease runs out in the middle, and the next one comes to the end first.
      await sql(`UPDATE model_import SET leased_until = now() - interval '1 second' WHERE id = $1`, [parseId('mdv', body.id)]);
      desk.app.nest.get(ImportWork).wake();
      await expect.poll(async () => (await desk.importOf(anna, body.id)).stage, { timeout: 10_000 }).toBe('done');
      return real(key, content, o);
    };
    await desk.send(anna, body.id, file);
    const done = await desk.ended(anna, body.id);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await desk.importOf(anna, body.id)).toMatchObject({ stage: 'done', modelId: done.modelId });
    expect((await desk.api(anna).get(`/models/${done.modelId}/versions`)).body).toHaveLength(1);
    expect(await stored(digestOf(file))).toHaveLength(1);
  });

  it('from a slow address keeps nobody else waiting, nor more than one of its own tenant', async () => {
    const slow = [];
    for (const n of [1, 2, 3])
      slow.push(
        (
          await desk
            .api(anna)
            .post('/models')
            .send({ url: desk.address(`/slow/${n}`) })
        ).body.id,
      );
    await expect.poll(() => hanging.length, { timeout: 10_000 }).toBe(1);
    expect(await desk.imported(bob, lora())).toMatchObject({ stage: 'done' });
    expect(hanging).toHaveLength(1);
    for (const id of slow) {
      await expect.poll(() => hanging.length, { timeout: 10_000 }).toBe(1);
      hanging.pop()!();
      expect(await desk.ended(anna, id)).toMatchObject({ refusal: { code: 'fetch_status' } });
    }
  });

  it('of an address with broken escapes is named, not an error of ours; what an address carries as its secret is forgotten at the end', async () => {
    const { status, body } = await desk
      .api(anna)
      .post('/models')
      .send({ url: desk.address('/%E0%A4%A.safetensors?token=secret') });
    expect(status).toBe(202);
    await desk.ended(anna, body.id);
    const [{ url }] = (await sql('SELECT url FROM model_import WHERE id = $1', [parseId('mdv', body.id)])) as [{ url: string }];
    expect(url).not.toContain('secret');
  });
});

describe('the antivirus', () => {
  it('is told of every byte: what it knows is refused by name', async () => {
    expect((await desk.imported(anna, lora(64, MALICE))).refusal).toMatchObject({ code: 'malware', message: expect.stringContaining('Test.Malice') });
  });

  it('that does not answer delays, and lets nothing through', async () => {
    desk.clamd.isDown = true;
    const file = lora();
    const { body } = await desk.begin(anna, file);
    await desk.send(anna, body.id, file);
    const attempts = async () =>
      ((await sql('SELECT attempts FROM model_import WHERE id = $1', [parseId('mdv', body.id)])) as [{ attempts: number }])[0].attempts;
    await expect.poll(attempts, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
    expect(await stored(digestOf(file))).toEqual([]);
    desk.clamd.isDown = false;
    expect(await desk.ended(anna, body.id)).toMatchObject({ stage: 'done' });
  });

  it('that will not look at so large a file lets it not through, and says what helps', async () => {
    desk.clamd.limit = 100_000;
    const refused = await desk.imported(anna, lora(1.5 * PART));
    desk.clamd.limit = Infinity;
    expect(refused.refusal).toMatchObject({ code: 'antivirus_limit', fix: expect.stringContaining('StreamMaxLength') });
  });
});

describe('what a plan holds', () => {
  it('bounds what models weigh together; a file of unknown size is weighed when it has come', async () => {
    const dora = await desk.person('Dora', 'standard');
    const quota = 50e9;
    await sql(
      `INSERT INTO model_import (tenant_id, id, owner_id, wish, filename, bytes, stage) VALUES ($1, gen_random_uuid(), $2, '{"modelId": "x"}', 'big', $3, 'uploading')`,
      [parseId('tnt', dora.tenantId), parseId('usr', dora.userId), quota - 1000],
    );
    const refused = await desk.begin(dora, lora());
    expect([refused.status, refused.body]).toMatchObject([
      403,
      { code: 'plan_required', limit: 'storageBytes', quotaBytes: quota, planRequired: 'Pro', detail: expect.stringContaining('50.0 GB') },
    ]);
    const { body } = await desk
      .api(dora)
      .post('/models')
      .send({ url: desk.address('/file') });
    expect((await desk.ended(dora, body.id)).refusal).toMatchObject({ code: 'plan_required', fix: expect.any(String) });
  });

  it('is not passed by asking often at once', async () => {
    const carl = await desk.person('Carl', 'standard');
    const answers = await Promise.all(Array.from({ length: 9 }, () => desk.begin(carl, lora())));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    expect(answers.filter(({ body }) => body.code === 'plan_required')).toHaveLength(4);
  });
});

describe('a model in use', () => {
  it('is not deleted while a job needs an older version of it', async () => {
    const first = await desk.imported(bob, lora(), { name: 'Old' });
    const [{ digest }] = (await desk.api(bob).get(`/models/${first.modelId}/versions`)).body;
    await desk.imported(bob, lora(), { modelId: first.modelId });
    const { body: job } = await desk.api(bob).post('/generate/txt2img').send({ prompt: 'x', width: 64, height: 64 });
    await sql('UPDATE task SET weights = $1::jsonb WHERE job_id = $2', [JSON.stringify([{ digest }]), parseId('job', job.id)]);
    expect((await desk.api(bob).delete(`/models/${first.modelId}`)).body).toMatchObject({ code: 'model_in_use' });
    await desk.api(bob).delete(`/jobs/${job.id}`);
    expect((await desk.api(bob).delete(`/models/${first.modelId}`)).status).toBe(204);
  });
});

describe('a part', () => {
  it('that is refused answers its sender, however much is still on its way', async () => {
    const { body } = await desk.begin(bob, Buffer.alloc(1.5 * PART));
    const { modelId } = await desk.imported(bob, lora());
    // On a connection that stays, as browsers have them.
    const refusal = async (path: string, bytes: number): Promise<[number, string]> => {
      const headers = { authorization: `Bearer ${bob.token}`, 'content-type': 'application/octet-stream' };
      const answer = await fetch(`${desk.app.url}/api/v1${path}`, { method: 'PUT', headers, body: new Uint8Array(bytes) });
      return [answer.status, ((await answer.json()) as { code: string }).code];
    };
    expect(await refusal(`/models/imports/${body.id}/parts/1`, 24 * PART)).toEqual([422, 'size_mismatch']);
    expect(await refusal(`/models/imports/${body.id}/parts/7`, 24 * PART)).toEqual([404, 'no_such_part']);
    expect((await desk.importOf(bob, body.id)).received).toEqual([]);
    expect(await refusal(`/models/${modelId}/preview`, 24 * PART)).toEqual([413, 'preview_too_large']);
  });
});
