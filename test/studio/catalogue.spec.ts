import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseId } from '../../src/platform/ids/index.js';
import { startApp, type Person, type TestApp } from '../support/app.js';

let app: TestApp;
let anna: Person;

beforeAll(async () => {
  app = await startApp();
  anna = await app.register('Anna');
});
afterAll(() => app?.close());

describe('the catalogue of models', () => {
  it('lists what there is, ready or not with the reason, and finds it by id and by search', async () => {
    const { body } = await app.api(anna.token).get('/models?limit=100');
    expect(body).toMatchObject({ hasMore: false, nextCursor: null });
    const of = (slug: string) => body.data.find((model: { slug: string }) => model.slug === slug);
    expect(of('builtin/placeholder')).toMatchObject({
      type: 'checkpoint',
      base: 'builtin',
      simulated: true,
      defaultFor: ['txt2img', 'img2img', 'inpaint', 'outpaint', 'video'],
      ready: true,
      reason: null,
      own: false,
    });
    expect(of('lama')).toMatchObject({
      ready: false,
      reason: { code: 'model_not_ready' },
      files: [{ name: 'lama.onnx', digest: null }],
      licence: { commercialUse: 'allowed' },
    });
    expect((await app.api(anna.token).get(`/models/${of('lama').id}`)).body).toEqual(of('lama'));
    expect((await app.api(anna.token).get('/models/search?type=checkpoint&base=builtin&q=placeholder')).body.data).toHaveLength(1);
    expect((await app.api(anna.token).get('/models/search?type=lora')).body.data).toEqual([]);
    expect((await app.api(anna.token).get('/models/search?type=poem')).status).toBe(422);
  });

  it('comes page by page', async () => {
    const first = (await app.api(anna.token).get('/models?limit=10')).body;
    const second = (await app.api(anna.token).get(`/models?limit=10&cursor=${encodeURIComponent(first.nextCursor)}`)).body;
    expect([first.data.length, first.hasMore, second.data.length]).toEqual([10, true, 10]);
    expect(second.data.some(({ id }: { id: string }) => first.data.some((model: { id: string }) => model.id === id))).toBe(false);
  });

  it('answers 404 for what it does not hold', async () => {
    expect((await app.api(anna.token).get('/models/mdl_01h2xcejqtf2nbrexx3vqjhp41')).status).toBe(404);
    expect((await app.api(anna.token).get('/models/nonsense')).status).toBe(404);
  });
});

describe('moderation', () => {
  it('starts with the words of the first paper and coarse language', async () => {
    const { body } = await app.api(anna.token).get('/tenant/moderation');
    expect(body.rules.map((rule: { name: string }) => rule.name)).toEqual(['nudity', 'violence', 'hate', 'gore', 'profanity']);
    expect(body).toMatchObject({ version: 0, updatedAt: null });
  });

  it("goes by the tenant's own rules from the moment they are put, and only that tenant's", async () => {
    const [carl, dora] = [await app.register('Carl'), await app.register('Dora')];
    const send = (person: Person, prompt: string) => app.api(person.token).post('/generate/txt2img').send({ prompt });
    const put = await app
      .api(carl.token)
      .put('/tenant/moderation')
      .send({
        rules: [
          { name: 'brands', words: ['Acme Cola'] },
          { name: 'off', words: ['lighthouse'], enabled: false },
        ],
      });
    expect(put.body).toMatchObject({
      version: 1,
      rules: [
        { name: 'brands', words: ['Acme Cola'], enabled: true },
        { name: 'off', enabled: false },
      ],
    });
    expect((await send(carl, 'a can of ACME  cola')).body).toMatchObject({ code: 'content_refused', rule: 'brands' });
    expect((await send(carl, 'violence at the lighthouse')).status).toBe(202);
    expect((await send(dora, 'a can of acme cola')).status).toBe(202);
    expect((await send(dora, 'violence')).status).toBe(422);
    const [entry] = (await app.api(carl.token).get('/tenant/audit?action=moderation.replaced')).body.data;
    expect(entry.before).toHaveLength(5);
    expect(entry.after).toMatchObject([{ name: 'brands' }, { name: 'off' }]);
  });

  it('takes an empty list as the wish to let everything through', async () => {
    const erna = await app.register('Erna');
    expect((await app.api(erna.token).put('/tenant/moderation').send({ rules: [] })).body).toMatchObject({ rules: [], version: 1 });
    expect((await app.api(erna.token).post('/generate/txt2img').send({ prompt: 'violence' })).status).toBe(202);
  });

  it('refuses rules that cannot be rules, all faults at once', async () => {
    const answer = await app
      .api(anna.token)
      .put('/tenant/moderation')
      .send({
        rules: [
          { name: 'Not Good', words: [] },
          { name: 'x', words: ['...', 'a'.repeat(81)] },
          { name: 'x', words: ['ok'] },
        ],
      });
    expect(answer.status).toBe(422);
    expect(new Set(answer.body.errors.map((fault: { pointer: string }) => fault.pointer))).toEqual(
      new Set(['/rules', '/rules/0/name', '/rules/0/words', '/rules/1/words']),
    );
  });

  it('is read and written by administrators only', async () => {
    const ben = await app.register('Ben');
    await app.db.sql(`INSERT INTO membership (tenant_id, user_id, role, status) VALUES ($1, $2, 'member', 'active')`, [
      parseId('tnt', anna.tenantId),
      parseId('usr', ben.userId),
    ]);
    const asBen = () => app.api(ben.token).set('x-tenant', anna.tenantId);
    expect((await asBen().get('/tenant/moderation')).status).toBe(403);
    expect((await asBen().put('/tenant/moderation').send({ rules: [] })).status).toBe(403);
  });
});
