import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { createServer as createTcp, type Server as TcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkPassport } from '../../gpu-fleet/src/agent/passport.js';
import { parseId } from '../../src/platform/ids/index.js';
import { f32, field, onnx, pickle, safetensors } from '../../src/studio/models/checks/crafted.js';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { FakeBox, tinyPng } from '../support/fake-box.js';

let app: TestApp;
let anna: Person;
let bob: Person;
let web: Server;
let clamd: TcpServer;
/** What the antivirus says next; null: that all is well. */
let virus: string | null = null;
const scanned: Buffer[] = [];
/** What the web serves by path, and how it was asked. */
const served = new Map<string, Buffer>();
const asked: { path: string; range: string | undefined }[] = [];
let cutAt: number | null = null;

const PART = 1024 * 1024;
const digestOf = (file: Buffer): string => createHash('sha256').update(file).digest('hex');
/** A LoRA of SD 1.5 of about `bytes` bytes, unlike any other. */
const lora = (bytes = 64, words = 'watercolour style'): Buffer => {
  const rank = Math.max(1, Math.ceil(bytes / 4 / 768));
  const name = 'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight';
  const file = safetensors(
    { [name]: f32([rank, 768], 0), __metadata__: { ss_tag_frequency: JSON.stringify({ a: { [words]: 3 } }), nonce: randomBytes(8).toString('hex') } },
    0,
  );
  return Buffer.concat([file, randomBytes(rank * 768 * 4)]);
};

const api = (person: Person) => app.api(person.token);
const begin = async (person: Person, file: Buffer, wish: object = {}) =>
  api(person)
    .post('/models/upload')
    .send({ filename: 'a.safetensors', size: file.length, ...wish });
const part = (person: Person, id: string, n: number, bytes: Buffer) =>
  api(person).put(`/models/imports/${id}/parts/${n}`).set('content-type', 'application/octet-stream').send(bytes);
const importOf = async (person: Person, id: string) => (await api(person).get(`/models/imports/${id}`)).body;
const ended = async (person: Person, id: string) => {
  await expect.poll(async () => ['done', 'refused', 'failed'].includes((await importOf(person, id)).stage), { timeout: 20_000, interval: 100 }).toBe(true);
  return importOf(person, id);
};
async function send(person: Person, id: string, file: Buffer): Promise<void> {
  for (let n = 1; (n - 1) * PART < file.length; n++) expect((await part(person, id, n, file.subarray((n - 1) * PART, n * PART))).status).toBe(200);
  expect((await api(person).post(`/models/imports/${id}/complete`)).status).toBe(202);
}
async function imported(person: Person, file: Buffer, wish: object = {}) {
  const answer = await begin(person, file, wish);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  await send(person, answer.body.id, file);
  return ended(person, answer.body.id);
}

beforeAll(async () => {
  web = createServer((request, response) => {
    const file = served.get(request.url!);
    asked.push({ path: request.url!, range: request.headers.range });
    if (!file) return void response.writeHead(404).end();
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': file.length - from });
    if (cutAt !== null) {
      const end = cutAt;
      cutAt = null;
      response.write(file.subarray(from, end), () => setTimeout(() => response.destroy(), 50));
    } else response.end(file.subarray(from));
  }).listen(0, '127.0.0.1');
  clamd = createTcp((socket) => {
    let data = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      data = Buffer.concat([data, chunk]);
      const pieces: Buffer[] = [];
      for (let at = 10; at + 4 <= data.length;) {
        const length = data.readUInt32BE(at);
        if (at + 4 + length > data.length) return;
        if (length === 0) return answer(Buffer.concat(pieces));
        pieces.push(data.subarray(at + 4, at + 4 + length));
        at += 4 + length;
      }
    });
    const answer = (file: Buffer): void => {
      expect(data.subarray(0, 10).toString('latin1')).toBe('zINSTREAM\0');
      scanned.push(file);
      socket.end(virus ? `stream: ${virus} FOUND\0` : 'stream: OK\0');
    };
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await Promise.all([web, clamd].map((server) => new Promise((resolve) => (server.listening ? resolve(null) : server.once('listening', resolve)))));
  const port = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;
  app = await startApp({
    ATELIER_MODEL_PART_MB: '1',
    CLAMAV_URL: `tcp://127.0.0.1:${port(clamd)}`,
    SAFE_FETCH_ALLOW_HTTP: 'true',
    SAFE_FETCH_TRUSTED: `127.0.0.1:${port(web)}`,
    ATELIER_LEASE_TTL_MS: '45000',
  });
  [anna, bob] = [await app.register('Anna'), await app.register('Bob')];
  for (const person of [anna, bob]) await app.setPlan(person.tenantId, 'standard');
});
afterAll(async () => {
  web?.close();
  clamd?.close();
  await app?.close();
});
const address = (path: string): string => `http://127.0.0.1:${(web.address() as AddressInfo).port}${path}`;

describe('a model that is uploaded', () => {
  it('arrives in parts, is recognised, checked, signed and listed, and its triggers are known', async () => {
    const file = lora(2.5 * PART);
    const done = await imported(anna, file, { name: 'Watercolour', changelog: 'the first' });
    expect(done).toMatchObject({
      stage: 'done',
      progress: 1,
      partCount: 3,
      received: [1, 2, 3],
      refusal: null,
      stages: [{ state: 'passed' }, { state: 'passed' }, { state: 'passed' }],
    });
    const model = (await api(anna).get(`/models/${done.modelId}`)).body;
    expect(model).toMatchObject({
      ...{
        name: 'Watercolour',
        slug: 'own/watercolour',
        type: 'lora',
        base: 'sd15',
        own: true,
        visibility: 'private',
        version: 1,
        triggerWords: ['watercolour style'],
      },
      files: [{ digest: digestOf(file), bytes: file.length }],
    });
    const [version] = (await api(anna).get(`/models/${done.modelId}/versions`)).body;
    expect(version).toMatchObject({
      id: done.id,
      number: 1,
      current: true,
      changelog: 'the first',
      passport: { checks: ['format', 'safetensors_header', 'no_trailing_data', 'antivirus'] },
    });
    expect(scanned.at(-1)!.equals(file)).toBe(true);
    expect((await api(anna).get('/loras')).body.data.map(({ id }: { id: string }) => id)).toContain(done.modelId);
    for (const [method, path] of [
      ['get', ''],
      ['get', '/versions'],
      ['delete', ''],
    ] as const)
      expect((await api(anna)[method](`/embeddings/${done.modelId}${path}`)).status, `${method} ${path} of a LoRA by the path of embeddings`).toBe(404);
    expect((await api(anna).get(`/loras/${done.modelId}/versions`)).body).toHaveLength(1);
    expect(await app.db.sql('SELECT storage_key FROM weights WHERE digest = $1', [digestOf(file)])).toHaveLength(1);
  });

  it('goes on where it was cut off; a part of another size or number is refused and nothing is lost', async () => {
    const file = lora(1.5 * PART);
    const { body } = await begin(anna, file);
    expect((await part(anna, body.id, 1, file.subarray(0, PART - 1))).body).toMatchObject({ code: 'size_mismatch' });
    expect((await part(anna, body.id, 3, Buffer.alloc(1))).status).toBe(404);
    expect((await part(anna, body.id, 2, file.subarray(PART))).status).toBe(200);
    const early = await api(anna).post(`/models/imports/${body.id}/complete`);
    expect([early.status, early.body.code, early.body.missing]).toEqual([409, 'upload_incomplete', [1]]);
    expect((await importOf(anna, body.id)).received).toEqual([2]);
    await part(anna, body.id, 1, file.subarray(0, PART));
    await api(anna).post(`/models/imports/${body.id}/complete`);
    expect(await ended(anna, body.id)).toMatchObject({ stage: 'done' });
  });

  it.each([
    ['a pickle that runs a command', pickle('\x80\x04', 'cposix\nsystem\n', '(S"id"\ntR.'), 'a.ckpt'],
    ['a pickle in disguise', pickle('\x80\x04', 'cposix\nsystem\n', '(S"id"\ntR.'), 'a.safetensors'],
    ['a header that lies about its shapes', Buffer.concat([safetensors({ a: f32([1000, 1000], 0) }, 0), Buffer.alloc(4)]), 'a.safetensors'],
    ['a page', Buffer.from('<html>sign in first</html>'), 'a.safetensors'],
  ])('%s is refused with the reason, and its bytes are gone', async (_what, file, filename) => {
    const { body } = await begin(anna, file, { filename });
    await send(anna, body.id, file);
    const refused = await ended(anna, body.id);
    expect(refused).toMatchObject({
      stage: 'refused',
      modelId: null,
      refusal: { code: expect.any(String), message: expect.any(String), fix: expect.any(String) },
    });
    expect(await app.db.sql('SELECT 1 FROM weights WHERE digest = $1', [digestOf(file)])).toEqual([]);
    const [entry] = (await api(anna).get('/tenant/audit?action=model.refused')).body.data;
    expect(entry.target).toBe(body.id);
  });

  it('that the antivirus knows is refused by name', async () => {
    virus = 'Eicar-Signature';
    const file = lora();
    const refused = await imported(anna, file);
    virus = null;
    expect(refused.refusal).toMatchObject({ code: 'malware', message: expect.stringContaining('Eicar-Signature') });
  });

  it('whose digest is not the one announced is refused', async () => {
    expect((await imported(anna, lora(), { sha256: 'a'.repeat(64) })).refusal).toMatchObject({ code: 'digest_mismatch' });
  });

  it('is another kind than was said: refused', async () => {
    expect((await imported(anna, lora(), { type: 'checkpoint' })).refusal).toMatchObject({ code: 'other_type' });
  });

  it('can be ended, and takes nothing more', async () => {
    const file = lora();
    const { body } = await begin(anna, file);
    expect((await api(anna).delete(`/models/imports/${body.id}`)).body).toMatchObject({ stage: 'canceled' });
    expect((await part(anna, body.id, 1, file)).body).toMatchObject({ code: 'import_over' });
  });
});

describe('the same file brought by two tenants', () => {
  it('lies here once, and neither learns of the other', async () => {
    const file = lora();
    const [first, second] = [await imported(anna, file, { name: 'Twin' }), await imported(bob, file, { name: 'Twin' })];
    expect({ ...second, id: '', createdAt: '', modelId: '' }).toEqual({ ...first, id: '', createdAt: '', modelId: '' });
    expect(first.modelId).not.toBe(second.modelId);
    expect(await app.db.sql('SELECT 1 FROM weights WHERE digest = $1', [digestOf(file)])).toHaveLength(1);
    expect((await api(bob).get(`/models/${first.modelId}`)).status).toBe(404);
    await api(anna).delete(`/models/${first.modelId}`);
    expect((await api(bob).get(`/models/${second.modelId}`)).status).toBe(200);
  });
});

describe('versions', () => {
  it('follow each other with what changed, and an older one can be used again', async () => {
    const first = await imported(bob, lora(64, 'ink'), { name: 'Ink' });
    const second = await imported(bob, lora(), { modelId: first.modelId, changelog: 'sharper' });
    expect(second.modelId).toBe(first.modelId);
    const list = (await api(bob).get(`/models/${first.modelId}/versions`)).body;
    expect(list.map(({ number, current, changelog }: { number: number; current: boolean; changelog: string }) => [number, current, changelog])).toEqual([
      [2, true, 'sharper'],
      [1, false, null],
    ]);
    expect((await api(bob).post(`/models/${first.modelId}/rollback`).send({ version: 1 })).body).toMatchObject({ version: 1 });
    expect((await api(bob).post(`/models/${first.modelId}/rollback`).send({ version: 7 })).status).toBe(404);
  });

  it('of another family are refused', async () => {
    const first = await imported(bob, lora(), { name: 'Chalk' });
    const other = safetensors({ 'lora_te2_text_model_encoder.lora_down.weight': f32([1], 0) }, 4);
    expect((await imported(bob, other, { modelId: first.modelId })).refusal).toMatchObject({ code: 'other_family' });
  });
});

describe('what a plan holds', () => {
  it('bounds how many models there are; imports on their way count', async () => {
    const free = await app.register('Free');
    const refused = await begin(free, lora());
    expect([refused.status, refused.body.code, refused.body.planRequired]).toEqual([403, 'plan_required', 'Standard']);
    const carl = await app.register('Carl');
    await app.setPlan(carl.tenantId, 'standard');
    for (let i = 0; i < 5; i++) expect((await begin(carl, lora())).status).toBe(201);
    expect((await begin(carl, lora())).body).toMatchObject({ code: 'plan_required', limit: 'customModels' });
  });
});

describe('a model that is fetched from an address', () => {
  it('is taken in like an upload, and goes on where the connection broke', async () => {
    const file = lora(300_000);
    served.set('/pretty.safetensors', file);
    cutAt = 200_000;
    const { status, body } = await api(bob)
      .post('/models')
      .send({ url: address('/pretty.safetensors'), name: 'Pretty' });
    expect([status, body.stage]).toEqual([202, 'waiting']);
    expect(await ended(bob, body.id)).toMatchObject({ stage: 'done', filename: 'pretty.safetensors' });
    const ranges = asked.filter(({ path }) => path === '/pretty.safetensors').map(({ range }) => range);
    expect(ranges[0]).toBeUndefined();
    expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/);
  });

  it('is refused when the address answers with something else, or leads inside', async () => {
    const { body } = await api(bob)
      .post('/models')
      .send({ url: address('/nothing-here') });
    expect((await ended(bob, body.id)).refusal).toMatchObject({ code: 'fetch_status', message: expect.stringContaining('404') });
    expect((await api(bob).post('/models').send({ url: 'http://169.254.169.254/latest' })).body).toMatchObject({ code: 'fetch_address' });
    expect((await api(bob).post('/models').send({ url: 'file:///etc/passwd' })).status).toBe(422);
  });
});

describe('the catalogue', () => {
  const tiny = (name: string): Buffer => onnx({ model: field(2, name) });
  const operatorImport = async (slug: string, file: string, bytes: Buffer) => {
    const { status, body } = await app.api(app.operator.token).post(`/operator/models/${slug}/files`).send({ file, size: bytes.length });
    expect(status, JSON.stringify(body)).toBe(202);
    await send(app.operator, body.id, bytes);
    return ended(app.operator, body.id);
  };
  const modelOf = async (slug: string) => (await api(anna).get('/models?limit=100')).body.data.find((model: { slug: string }) => model.slug === slug);

  it('says of a model that no machine runs whether another does its work meanwhile', async () => {
    const serviceOf = async (slug: string) => (await api(anna).get(`/models/${(await modelOf(slug)).id}/thermal`)).body.service;
    for (const slug of ['rife', 'midas']) await operatorImport(slug, `${slug}.onnx`, tiny(slug));
    expect([await serviceOf('rife'), await serviceOf('midas')]).toEqual(['DEGRADED', 'OFFLINE']);
  });

  it('gets its files from the operator; then work goes to the model, with a passport that a box believes', async () => {
    expect(await operatorImport('lama', 'lama.onnx', tiny('lama'))).toMatchObject({ stage: 'done' });
    const box = await FakeBox.launch(app);
    await box.register({
      engines: [
        { name: 'builtin', version: '1', kinds: box.kinds },
        { name: 'onnx', version: '1', kinds: ['clean-up'] },
      ],
    });
    await expect.poll(async () => (await modelOf('lama')).ready, { timeout: 10_000 }).toBe(true);
    const picture = await sharp({ create: { width: 64, height: 48, channels: 3, background: 'white' } })
      .png()
      .toBuffer();
    const { body: image } = await api(anna).post('/assets').attach('file', picture, { filename: 'a.png', contentType: 'image/png' });
    const { body: job } = await api(anna).post('/visual/inpaint').send({ image: image.id, mask: image.id });
    const task = await box.leaseOne({ free: { slots: 1, vramMb: 8000 } });
    expect(task).toMatchObject({ kind: 'clean-up', engine: 'onnx', weights: [{ name: 'lama.onnx', role: 'graph', format: 'onnx' }] });
    expect(checkPassport(task.weights[0]!, box.registered!.passportKeys)).toMatchObject({
      digest: task.weights[0]!.digest,
      checks: expect.arrayContaining(['onnx_structure']),
    });
    expect(Buffer.from(await (await fetch(task.weights[0]!.url)).arrayBuffer()).equals(tiny('lama'))).toBe(true);
    await box.finish(task, tinyPng(3));
    await expect.poll(async () => (await api(anna).get(`/jobs/${job.id}`)).body.status).toBe('succeeded');
    expect((await api(anna).get(`/jobs/${job.id}`)).body.simulated).toBe(true);
  });

  it('refuses a file of another format, and names the files there are', async () => {
    expect((await operatorImport('isnet', 'isnet.onnx', lora())).refusal).toMatchObject({ code: 'wrong_format' });
    const answer = await app.api(app.operator.token).post('/operator/models/lama/files').send({ file: 'llama.onnx', size: 3 });
    expect(answer.body.errors).toMatchObject([{ pointer: '/file', fix: expect.stringContaining('lama.onnx') }]);
  });

  it('keeps a model off whose licence wants a word, until the operator has said it', async () => {
    await operatorImport('gfpgan', 'gfpgan.onnx', tiny('gfpgan'));
    await operatorImport('gfpgan', 'face-detector.onnx', tiny('face-detector'));
    expect((await modelOf('gfpgan')).reason).toMatchObject({ code: 'licence_not_allowed' });
    const put = (body: object) => app.api(app.operator.token).put('/operator/licences').send(body);
    expect((await put({ tag: 'GFPGAN', allowed: true, reason: 'short' })).status).toBe(422);
    expect((await put({ tag: 'MIT', allowed: true, reason: 'because it is free anyway' })).status).toBe(422);
    expect((await put({ tag: 'GFPGAN', allowed: true, reason: 'reviewed by counsel on Monday' })).body.licences).toContainEqual(
      expect.objectContaining({ tag: 'GFPGAN', allowed: true }),
    );
    await expect.poll(async () => (await modelOf('gfpgan')).reason?.code, { timeout: 10_000 }).toBe('model_unavailable');
    expect((await app.api(app.operator.token).get('/tenant/audit?action=licence.decided')).body.data[0]).toMatchObject({ target: 'GFPGAN' });
  });

  it('is switched by operators only, who see the cost first', async () => {
    const { id } = await modelOf('lama');
    expect((await api(anna).put(`/models/${id}/thermal`).send({ mode: 'WARM' })).body).toMatchObject({ code: 'catalogue_model' });
    const preview = await app.api(app.operator.token).put(`/models/${id}/thermal?dryRun=true`).send({ mode: 'WARM' });
    expect(preview.body).toMatchObject({ mode: 'COLD', cost: { bytes: tiny('lama').length, loadMicros: expect.any(String) } });
    expect((await app.api(app.operator.token).put(`/models/${id}/thermal`).send({ mode: 'OFF' })).body).toMatchObject({ mode: 'OFF' });
    await expect.poll(async () => (await modelOf('lama')).reason?.code, { timeout: 10_000 }).toBe('model_off');
    expect((await api(anna).get(`/models/${id}/thermal`)).body).toMatchObject({ mode: 'OFF' });
  });
});

describe('a model in use', () => {
  it('is not deleted while a job needs it', async () => {
    const done = await imported(anna, lora(), { name: 'Busy' });
    const id = parseId('mdl', done.modelId);
    const [{ digest }] = (await app.db.sql(`SELECT digest FROM model_version WHERE model_id = $1`, [id])) as [{ digest: string }];
    const { body: job } = await api(anna).post('/generate/txt2img').send({ prompt: 'x', width: 64, height: 64 });
    await app.db.sql(
      `UPDATE task SET weights = jsonb_build_array(jsonb_build_object('digest', $1::text)) WHERE tenant_id = $2 AND state NOT IN ('done', 'failed', 'canceled')`,
      [digest, parseId('tnt', anna.tenantId)],
    );
    expect((await api(anna).delete(`/models/${done.modelId}`)).body).toMatchObject({ code: 'model_in_use' });
    await api(anna).delete(`/jobs/${job.id}`);
    expect((await api(anna).delete(`/models/${done.modelId}`)).status).toBe(204);
    expect((await api(anna).get(`/models/${done.modelId}`)).status).toBe(404);
  });
});
