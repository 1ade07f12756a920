import { randomBytes } from 'node:crypto';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseId } from '../../src/platform/ids/index.js';
import { Storage } from '../../src/platform/storage/index.js';
import { f32, safetensors } from '../../src/studio/models/checks/crafted.js';
import type { Person } from '../support/app.js';
import { Desk, lora } from './desk.js';

let desk: Desk;
let anna: Person;
let bob: Person;

beforeAll(async () => {
  desk = await Desk.open();
  [anna, bob] = [await desk.person('Anna', 'pro'), await desk.person('Bob', 'pro')];
});
afterAll(() => desk?.close());

const drawn = (side: number, background: string) => sharp({ create: { width: side, height: side / 2, channels: 3, background } });
const put = (person: Person, id: string, picture: Buffer) =>
  desk.api(person).put(`/models/${id}/preview`).set('content-type', 'application/octet-stream').send(picture);
/** What lies behind the address of a model's picture. */
const shown = async (person: Person, id: string) => {
  const answer = await desk.api(person).get(`/models/${id}/preview`).redirects(0);
  expect(answer.status, answer.text).toBe(302);
  const file = await fetch(answer.headers['location'] as string);
  const [dominant, metadata] = [sharp(Buffer.from(await file.clone().arrayBuffer())), await sharp(Buffer.from(await file.arrayBuffer())).metadata()];
  return { type: file.headers.get('content-type'), width: metadata.width, exif: metadata.exif, colour: (await dominant.stats()).dominant };
};
const stored = async (person: Person): Promise<number> => {
  let count = 0;
  for await (const _object of desk.app.nest.get(Storage).list(`t/${parseId('tnt', person.tenantId)}/model/`)) count++;
  return count;
};
/** A LoRA whose trainer put a picture into its header. */
const withThumbnail = (address: string): Buffer => {
  const name = 'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight';
  const note = { 'modelspec.thumbnail': address, nonce: randomBytes(8).toString('hex') };
  return safetensors({ [name]: f32([1, 768], 0), __metadata__: note }, 768 * 4);
};

describe('the picture of a model', () => {
  it('is drawn anew in a size for lists, without what a camera noted; the next one takes its place', async () => {
    const { modelId } = await desk.imported(anna, lora(), { visibility: 'tenant' });
    expect((await desk.api(anna).get(`/models/${modelId}`)).body.preview).toBeNull();
    expect((await desk.api(anna).get(`/models/${modelId}/preview`)).status).toBe(404);
    const photo = await drawn(2000, 'red')
      .withExif({ IFD0: { ImageDescription: 'at home' } })
      .jpeg()
      .toBuffer();
    expect((await put(anna, modelId, photo)).status).toBe(204);
    expect((await desk.api(anna).get(`/models/${modelId}`)).body.preview).toBe(`/api/v1/models/${modelId}/preview`);
    expect(await shown(anna, modelId)).toMatchObject({ type: 'image/webp', width: 512, exif: undefined, colour: { b: 8, g: 8 } });
    await put(anna, modelId, await drawn(64, 'blue').png().toBuffer());
    expect(await shown(anna, modelId)).toMatchObject({ width: 64, colour: { r: 8 } });
    expect(await stored(anna)).toBe(1);

    expect((await put(bob, modelId, photo)).status).toBe(404);
    expect((await desk.api(bob).get(`/models/${modelId}/preview`)).status).toBe(404);
    await desk.api(anna).delete(`/models/${modelId}`);
    expect(await stored(anna)).toBe(0);
  });

  it('has to be one, and not too large', async () => {
    const { modelId } = await desk.imported(anna, lora());
    expect(
      (await put(anna, modelId, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'))).body,
    ).toMatchObject({ code: 'no_picture' });
    expect((await put(anna, modelId, Buffer.from('no picture'))).body).toMatchObject({ code: 'no_picture' });
    expect(await stored(anna)).toBe(0);
  });

  it('that a trainer put into the file is taken over; what is no picture is left out and the weights are taken', async () => {
    const picture = await drawn(64, 'lime').jpeg().toBuffer();
    const good = await desk.imported(bob, withThumbnail(`data:image/jpeg;base64,${picture.toString('base64')}`));
    expect(await shown(bob, good.modelId)).toMatchObject({ type: 'image/webp', colour: { r: 8, b: 8 } });
    const bad = await desk.imported(bob, withThumbnail(`data:image/jpeg;base64,${randomBytes(300).toString('base64')}`));
    expect(bad).toMatchObject({ stage: 'done' });
    expect((await desk.api(bob).get(`/models/${bad.modelId}`)).body.preview).toBeNull();
  });

  it('of a model of the catalogue is not a tenant’s to set', async () => {
    const [{ id }] = (await desk.api(anna).get('/models/search?q=LaMa')).body.data;
    expect((await put(anna, id, await drawn(8, 'red').png().toBuffer())).body).toMatchObject({ code: 'catalogue_model' });
  });
});
