import { randomBytes } from 'node:crypto';
import { TASK_KINDS } from '@atelier/contracts';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkPassport } from '../../gpu-fleet/src/agent/passport.js';
import { f32, safetensors } from '../../src/studio/models/checks/crafted.js';
import type { Person } from '../support/app.js';
import { FakeBox } from '../support/fake-box.js';
import { Desk, lora, until } from './desk.js';

/** A checkpoint, a LoRA, an embedding and a ControlNet: from their files to a box that may open all four. */
let desk: Desk;
let anna: Person;
let bob: Person;
let box: FakeBox;
let image: string;

const nonce = () => ({ nonce: randomBytes(8).toString('hex') });
const named = (tensors: Record<string, number[]>, note: object = {}): Buffer => {
  let at = 0;
  const header = Object.entries(tensors).map(([name, shape]) => {
    const tensor = f32(shape, at);
    at += 4 * shape.reduce((product, side) => product * side, 1);
    return [name, tensor];
  });
  return safetensors({ ...Object.fromEntries(header), __metadata__: { ...nonce(), ...note } }, at);
};
const checkpoint = () =>
  named({ 'model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight': [2, 768], 'first_stage_model.decoder.conv_in.weight': [2] });
const embedding = () => named({ emb_params: [2, 768] });
const controlNet = () =>
  named({ 'control_model.input_blocks.0.0.weight': [2], 'control_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight': [2, 768] });
const xlLora = () => named({ 'lora_te2_text_model_encoder_layers_0.lora_down.weight': [2] });

const draw = (person: Person, wish: object) =>
  desk
    .api(person)
    .post('/generate/txt2img')
    .send({ prompt: 'a quiet harbour', model: 'sd-1.5', width: 64, height: 64, steps: 1, ...wish });
/** Imports take their time: a box that says nothing meanwhile is taken for lost. */
const nextTask = async () => {
  await box.heartbeat();
  return box.leaseOne({ free: { slots: 1, vramMb: 16_000 } });
};
const faultsOf = async (answer: Promise<{ body: { errors?: { pointer: string; code: string }[] } }> | ReturnType<typeof draw>) =>
  ((await answer).body.errors ?? []).map(({ pointer, code }: { pointer: string; code: string }) => [pointer, code]);

beforeAll(async () => {
  desk = await Desk.open();
  [anna, bob] = [await desk.person('Anna', 'pro'), await desk.person('Bob', 'pro')];
  const operator = desk.app.operator;
  await desk.api(operator).post('/fleet/pools').send({ name: 'studio', class: 'T4', max: 1 }).expect(201);
  box = await FakeBox.launch(desk.app, 'studio', { class: 'T4', vramMb: 16_000 });
  await box.register({ engines: [{ name: 'comfyui', version: '1', kinds: [...TASK_KINDS] }] });
  const file = checkpoint();
  const { body } = await desk.api(operator).post('/operator/models/sd-1.5/files').send({ file: 'sd-1.5.safetensors', size: file.length }).expect(202);
  await desk.send(operator, body.id, file);
  expect(await desk.ended(operator, body.id)).toMatchObject({ stage: 'done' });
  const isReady = async () => (await desk.api(anna).get('/models/search?q=sd-1.5')).body.data.some((model: { ready: boolean }) => model.ready);
  await until(isReady);
  const picture = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'white' } })
    .png()
    .toBuffer();
  image = (await desk.api(anna).post('/assets').attach('file', picture, { filename: 'a.png', contentType: 'image/png' })).body.id;
});
afterAll(() => desk?.close());

describe('a picture of a model with what goes with it', () => {
  it('gives a box every file, each once, with a passport that holds', async () => {
    const [style, word, net] = [
      await desk.imported(anna, lora(), { name: 'Ink' }),
      await desk.imported(anna, embedding(), { name: 'calm' }),
      await desk.imported(anna, controlNet(), { name: 'Canny' }),
    ];
    expect(await Promise.all([style, word, net].map(async ({ modelId }) => (await desk.api(anna).get(`/models/${modelId}`)).body))).toMatchObject([
      { type: 'lora', base: 'sd15', ready: true },
      { type: 'embedding', base: 'sd15', ready: true },
      { type: 'controlnet', base: 'sd15', ready: true },
    ]);
    const answer = await draw(anna, {
      prompt: 'a harbour, embedding:calm',
      loras: [
        { model: style.modelId, weight: 0.8 },
        { model: 'own/ink', weight: 0.2 },
      ],
      controlNets: [{ type: 'canny', image }],
    });
    expect(answer.status, answer.text).toBe(202);
    const task = await nextTask();
    expect(task).toMatchObject({ engine: 'comfyui', kind: 'txt2img' });
    expect(task.weights.map(({ role }) => role).sort()).toEqual(['checkpoint', 'controlnet', 'embedding', 'lora']);
    for (const file of task.weights) {
      expect(checkPassport(file, box.registered!.passportKeys)).toMatchObject({ digest: file.digest, format: 'safetensors' });
      expect((await (await fetch(file.url)).arrayBuffer()).byteLength).toBe(file.bytes);
    }
    await desk.api(anna).delete(`/jobs/${answer.body.id}`);
  });

  it('is refused at the field that names what is of another family, of another kind, of somebody else, or switched off', async () => {
    const [hers, foreign, net] = [
      await desk.imported(anna, lora(), { name: 'Chalk' }),
      await desk.imported(anna, xlLora(), { name: 'Large' }),
      await desk.imported(anna, controlNet(), { name: 'Depth' }),
    ];
    const using = (person: Person, model: string) => faultsOf(draw(person, { loras: [{ model, weight: 1 }] }));
    expect(await using(anna, foreign.modelId)).toEqual([['/loras/0/model', 'other_family']]);
    expect(await using(anna, net.modelId)).toEqual([['/loras/0/model', 'unknown_model']]);
    expect(await using(bob, hers.modelId)).toEqual([['/loras/0/model', 'unknown_model']]);
    expect(await faultsOf(draw(bob, { prompt: 'embedding:calm' }))).toEqual([['/prompt', 'unknown_model']]);
    for (const { modelId } of [hers, net]) await desk.api(anna).put(`/models/${modelId}/thermal`).send({ mode: 'OFF' }).expect(200);
    expect(await using(anna, hers.modelId)).toEqual([['/loras/0/model', 'model_off']]);
    expect(await faultsOf(draw(anna, { controlNets: [{ type: 'depth', image }] }))).toEqual([['/controlNets/0/type', 'model_off']]);
    expect(await faultsOf(draw(anna, { model: 'builtin/placeholder', loras: [{ model: foreign.modelId, weight: 1 }] }))).toEqual([
      ['/loras/0/model', 'not_supported'],
    ]);
  });
});

describe('an IP-Adapter', () => {
  it('is the catalogue’s: it waits for its files, and a box gets both of them', async () => {
    expect(await faultsOf(draw(anna, { controlNets: [{ type: 'ip_adapter', image }] }))).toEqual([['/controlNets/0/type', 'model_not_ready']]);
    const { operator } = desk.app;
    for (const file of ['ip-adapter-sd-1.5.safetensors', 'ip-adapter-sd-1.5-clip-vision.safetensors']) {
      const bytes = named({ [`${file.length}.weight`]: [2] });
      const { body } = await desk.api(operator).post('/operator/models/ip-adapter-sd-1.5/files').send({ file, size: bytes.length }).expect(202);
      await desk.send(operator, body.id, bytes);
      expect(await desk.ended(operator, body.id)).toMatchObject({ stage: 'done' });
    }
    const wish = { controlNets: [{ type: 'ip_adapter', image }] };
    await until(async () => (await faultsOf(draw(anna, wish))).length === 0);
    const task = await nextTask();
    expect(task.weights.map(({ role }) => role).sort()).toEqual(['checkpoint', 'clip_vision', 'ip_adapter']);
    const adapter = task.weights.find(({ role }) => role === 'ip_adapter')!;
    expect(task.parameters).toMatchObject({ controlNets: [{ type: 'ip_adapter', digest: adapter.digest }] });
    await box.finish(task);
  });
});

describe('an upscaler of one’s own', () => {
  it('enlarges where it is named, from its file to the charge, and is nobody else’s to name', async () => {
    const own = await desk.imported(anna, named({ 'conv_first.weight': [64, 3, 3, 3], 'body.0.rdb1.conv1.weight': [32, 64, 3, 3] }), { name: 'Crisp' });
    expect((await desk.api(anna).get(`/models/${own.modelId}`)).body).toMatchObject({ type: 'upscaler', operations: ['upscale'], ready: true });
    const enlarge = (person: Person, model: string) => desk.api(person).post('/generate/upscale').send({ image, factor: 2, model });
    const answer = await enlarge(anna, own.modelId);
    expect(answer.status, answer.text).toBe(202);
    const task = await nextTask();
    expect(task).toMatchObject({ engine: 'comfyui', kind: 'upscale', parameters: { factor: 2 }, weights: [{ role: 'upscaler', format: 'safetensors' }] });
    await box.finish(task);
    const job = async () => (await desk.api(anna).get(`/jobs/${answer.body.id}`)).body;
    await until(async () => (await job()).finishedAt !== null);
    expect(await job()).toMatchObject({ status: 'succeeded', credits: { charged: '2', held: '0' } });
    expect(await faultsOf(enlarge(bob, own.modelId))).toContainEqual(['/model', 'unknown_model']);
  });
});

describe('variations', () => {
  it('of a picture made with a LoRA are made with it, too', async () => {
    const style = await desk.imported(anna, lora(), { name: 'Wash' });
    const made = await draw(anna, { loras: [{ model: style.modelId, weight: 0.5 }] });
    await box.finish(await nextTask());
    const outputs = async () => (await desk.api(anna).get(`/jobs/${made.body.id}`)).body.outputs as { assetId: string }[];
    await until(async () => (await outputs()).length === 1);
    const [{ assetId }] = (await outputs()) as [{ assetId: string }];
    const answer = await desk.api(anna).post(`/assets/${assetId}/variations`).send({ count: 1 });
    expect(answer.status, answer.text).toBe(202);
    const task = await nextTask();
    expect(task).toMatchObject({ kind: 'img2img', parameters: { loras: [{ weight: 0.5 }] } });
    await box.finish(task);
  });
});

describe('where a tenant’s model lies', () => {
  it('does not say that boxes hold the same file for somebody else', async () => {
    const file = lora();
    const [hers, his] = [await desk.imported(anna, file), await desk.imported(bob, file)];
    const [{ digest }] = (await desk.api(anna).get(`/models/${hers.modelId}/versions`)).body;
    await desk.api(anna).put(`/models/${hers.modelId}/thermal`).send({ mode: 'HOT' }).expect(200);
    await box.heartbeat([], { loaded: [digest], cached: [digest] });
    const stateOf = async (person: Person, id: string) => (await desk.api(person).get(`/models/${id}/thermal`)).body.state;
    await expect.poll(() => stateOf(anna, hers.modelId), { timeout: 10_000 }).toBe('HOT');
    expect(await stateOf(bob, his.modelId)).toBe('COLD');
  });

  it('is near for five of them at most, and for none that was taken away', async () => {
    const models = await Promise.all(Array.from({ length: 6 }, (_, n) => desk.imported(bob, lora(), { name: `Warm ${n}` })));
    const warmed = [];
    for (const { modelId } of models) warmed.push((await desk.api(bob).put(`/models/${modelId}/thermal`).send({ mode: 'WARM' })).body.code ?? 'warm');
    expect(warmed).toEqual(['warm', 'warm', 'warm', 'warm', 'warm', 'too_many_warm']);
    for (const { modelId } of models) await desk.api(bob).delete(`/models/${modelId}`).expect(204);
    const left = await desk.app.db.sql('SELECT 1 FROM weights_state WHERE model_id NOT IN (SELECT id FROM model) AND warm_until IS NOT NULL');
    expect(left).toEqual([]);
  });
});
