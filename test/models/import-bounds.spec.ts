import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { coreConfig } from '../../src/platform/config/index.js';
import { FileIntake } from '../../src/studio/assets/file-intake.service.js';
import { parseId } from '../../src/platform/ids/index.js';
import { Storage } from '../../src/platform/storage/index.js';
import { safetensors } from '../../src/studio/models/checks/crafted.js';
import { ImportWork } from '../../src/studio/models/imports/import-work.service.js';
import type { Person } from '../support/app.js';
import { join as joinTenant } from '../accounts/people.js';
import { Desk, lora, PART } from './desk.js';

let desk: Desk;
let anna: Person;
/** Requests that the web leaves hanging, until somebody lets them go. */
const hanging: (() => void)[] = [];

beforeAll(async () => {
  desk = await Desk.open((_request, response) => void hanging.push(() => response.writeHead(404).end()));
  anna = await desk.person('Anna', 'pro');
});
afterAll(() => desk?.close());

describe('a start', () => {
  it('an hour after the first one tidies up files left behind, and leaves the folder of models alone', async () => {
    const folder = join(desk.app.nest.get<{ home: string }>(coreConfig.token).home, 'intake');
    const hoursAgo = new Date(Date.now() - 3 * 3_600_000);
    writeFileSync(join(folder, 'left-behind'), 'x');
    mkdirSync(join(folder, 'models'), { recursive: true });
    for (const name of ['left-behind', 'models']) utimesSync(join(folder, name), hoursAgo, hoursAgo);
    await desk.app.nest.get(FileIntake, { strict: false }).onModuleInit();
    expect(readdirSync(folder)).toContain('models');
    expect(readdirSync(folder)).not.toContain('left-behind');
  });
});

describe('a file that takes seconds to look at', () => {
  it('keeps no request waiting meanwhile', async () => {
    const tensors = Array.from({ length: 150_000 }, (_, i) => `"${i.toString(36)}":{"dtype":"U8","shape":[],"data_offsets":[${i},${i + 1}]}`);
    const file = safetensors(`{${tensors.join(',')}}`, tensors.length);
    let longest = 0;
    let last = performance.now();
    const watch = setInterval(() => {
      longest = Math.max(longest, performance.now() - last - 20);
      last = performance.now();
    }, 20);
    const { body } = await desk.begin(anna, file);
    await desk.sendParts(anna, body.id, file);
    longest = 0;
    expect((await desk.api(anna).post(`/models/imports/${body.id}/complete`)).status).toBe(202);
    expect((await desk.ended(anna, body.id)).refusal).toMatchObject({ code: 'unknown_type' });
    clearInterval(watch);
    expect(longest).toBeLessThan(500);
  });
});

describe('a family', () => {
  it('that was said and is not the one found is refused: it would be a lie about the price', async () => {
    expect((await desk.imported(anna, lora(), { base: 'sdxl' })).refusal).toMatchObject({ code: 'other_family' });
    expect(await desk.imported(anna, lora(), { base: 'sd15' })).toMatchObject({ stage: 'done' });
  });
});

describe('a name', () => {
  it('is given however many models have it already, and in whatever order they came', async () => {
    const slugs = [];
    for (const name of ['X 2', 'X', 'X', 'X 2']) {
      const done = await desk.imported(anna, lora(), { name });
      slugs.push((await desk.api(anna).get(`/models/${done.modelId}`)).body.slug);
    }
    expect(slugs).toEqual(['own/x-2', 'own/x', 'own/x-3', 'own/x-2-2']);
  });
});

describe('an import', () => {
  it('that took down whoever looked at it, time after time, is ended with a sentence', async () => {
    const file = lora();
    const { body } = await desk.begin(anna, file);
    await desk.sendParts(anna, body.id, file);
    await desk.app.db.sql(`UPDATE model_import SET stage = 'checking', attempts = 5, leased_until = now() - interval '1 second' WHERE id = $1`, [
      parseId('mdv', body.id),
    ]);
    expect(await desk.ended(anna, body.id)).toMatchObject({ stage: 'failed', refusal: { code: 'import_failed', message: expect.stringMatching(/[a-z]\.$/) } });
  });

  it('leaves nothing in the store when it is cancelled, nor does a part that was still on its way', async () => {
    const file = lora(1.5 * PART);
    const { body } = await desk.begin(anna, file);
    await desk.sendParts(anna, body.id, file);
    const storage = desk.app.nest.get(Storage);
    const real = storage.put.bind(storage);
    storage.put = async (key, content, o) => {
      storage.put = real;
      const stored = await real(key, content, o);
      expect((await desk.api(anna).delete(`/models/imports/${body.id}`)).status).toBe(200);
      await real(key, Buffer.alloc(10), o);
      return stored;
    };
    const late = await desk.api(anna).put(`/models/imports/${body.id}/parts/1`).set('content-type', 'application/octet-stream').send(file.subarray(0, PART));
    expect(late.body).toMatchObject({ code: 'import_over' });
    const left: string[] = [];
    for await (const { key } of storage.list(`t/${parseId('tnt', anna.tenantId)}/import/${parseId('mdv', body.id)}/`)) left.push(key);
    expect(left).toEqual([]);
  });

  it('that is over leaves no copy on the disk once it is tidied; one on its way keeps its own', async () => {
    const folder = join(desk.app.nest.get<{ home: string }>(coreConfig.token).home, 'intake', 'models');
    const [over, live] = [(await desk.begin(anna, lora())).body.id, (await desk.begin(anna, lora())).body.id];
    await desk.api(anna).delete(`/models/imports/${over}`);
    for (const id of [over, live]) writeFileSync(join(folder, `${parseId('mdv', id)}-1`), 'x');
    await desk.app.nest.get(ImportWork).upkeep();
    expect(readdirSync(folder)).toEqual([`${parseId('mdv', live)}-1`]);
    await desk.api(anna).delete(`/models/imports/${live}`);
  });

  it('from a slow address does not hold up an upload of the same tenant', async () => {
    const dora = await desk.person('Dora', 'pro');
    const { body } = await desk
      .api(dora)
      .post('/models')
      .send({ url: desk.address('/slow') });
    await expect.poll(() => hanging.length, { timeout: 10_000 }).toBe(1);
    expect(await desk.imported(dora, lora())).toMatchObject({ stage: 'done' });
    hanging.pop()!();
    await desk.ended(dora, body.id);
  });

  it('is one of ten at most that are on their way', async () => {
    const carl = await desk.person('Carl', 'enterprise');
    const answers = [];
    for (let i = 0; i < 11; i++) answers.push(await desk.begin(carl, lora()));
    expect(answers.map(({ status }) => status)).toEqual([...Array.from({ length: 10 }, () => 201), 409]);
    expect(answers.at(-1)!.body).toMatchObject({ code: 'too_many_imports' });
  });
});

describe('an import into the catalogue', () => {
  it('is for operators alone, also inside the tenant they began it in; as mere viewers there they have no right over its models', async () => {
    const { app } = desk;
    const { body } = await app.api(app.operator.token).post('/operator/models/lama/files').send({ file: 'lama.onnx', size: 10 });
    await joinTenant(app, anna, app.operator.tenantId, 'admin');
    const admin = () => app.api(anna.token).set('x-tenant', app.operator.tenantId);
    // Who belongs where is known to all within seconds.
    await expect.poll(async () => (await admin().get('/tenant')).status, { timeout: 15_000 }).toBe(200);
    expect((await admin().get(`/models/imports/${body.id}`)).status).toBe(404);
    expect((await admin().delete(`/models/imports/${body.id}`)).status).toBe(404);

    const { modelId } = await desk.imported(anna, lora(), { visibility: 'tenant' });
    await joinTenant(app, app.operator, anna.tenantId, 'viewer');
    const viewer = () => app.api(app.operator.token).set('x-tenant', anna.tenantId);
    await expect.poll(async () => (await viewer().get('/tenant')).status, { timeout: 15_000 }).toBe(200);
    expect((await viewer().delete(`/models/${modelId}`)).body).toMatchObject({ code: 'permission_denied' });
    expect((await viewer().put(`/models/${modelId}/thermal`).send({ mode: 'OFF' })).body).toMatchObject({ code: 'permission_denied' });
    const { body: theirs } = await viewer().post('/operator/models/lama/files').send({ file: 'lama.onnx', size: 10 });
    expect((await viewer().delete(`/models/imports/${theirs.id}`)).body).toMatchObject({ stage: 'canceled' });
  });
});
