import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseId } from '../../src/platform/ids/index.js';
import type { Person } from '../support/app.js';
import { picture, Studio } from './studio.js';

let studio: Studio;
beforeAll(async () => {
  studio = await Studio.open();
});
afterAll(() => studio?.app.close());

describe('an upload in one request', () => {
  it('becomes a private asset with its size, type and digest, and comes back byte for byte', async () => {
    const file = await picture(64, 48);
    const answer = await studio.upload(studio.anna, file, { filename: '../../etc/sunset?.png' });
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
      ownerId: studio.anna.userId,
      jobId: null,
      simulated: false,
      prompt: null,
      access: 'content',
    });
    const path = `/assets/${answer.body.id}/content`;
    expect(answer.body.url).toBe(`${studio.app.url}/api/v1${path}`);
    const { headers, body } = await studio.follow(studio.anna, path);
    expect(body.equals(file)).toBe(true);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect((await studio.follow(studio.anna, `${path}?download=1`)).headers.get('content-disposition')).toContain('filename="sunset.png"');
  });

  it('counts pixels as displayed when a camera noted how it was held', async () => {
    const turned = await sharp({ create: { width: 60, height: 20, channels: 3, background: 'red' } })
      .jpeg()
      .withMetadata({ orientation: 6 })
      .toBuffer();
    expect((await studio.upload(studio.anna, turned, { contentType: 'image/jpeg' })).body).toMatchObject({ contentType: 'image/jpeg', width: 20, height: 60 });
  });

  it.each([
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'), 'image/svg+xml', 415, 'unsupported_type'],
    ['an SVG that says it is a PNG', Buffer.from('<?xml version="1.0"?><svg/>'), 'image/png', 415, 'unsupported_type'],
    ['a web page that says it is a JPEG', Buffer.from('<html><script>alert(1)</script>'), 'image/jpeg', 415, 'unsupported_type'],
    ['nothing', Buffer.alloc(0), 'image/png', 415, 'unsupported_type'],
  ])('refuses %s', async (_what, file, contentType, status, code) => {
    const answer = await studio.upload(studio.anna, file, { contentType });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code });
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  it.each([
    ['nested beyond measure', '{"a":'.repeat(500) + '1' + '}'.repeat(500)],
    ['with a NUL', '{"a":"\\u0000"}'],
  ])('takes a picture whose embedded parameters are %s, without them', async (_what, text) => {
    const png = await picture();
    const body = Buffer.from(`tEXtatelier\0${text}`, 'latin1');
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(body.length - 4);
    sum.writeUInt32BE(crc32(body));
    const answer = await studio.upload(studio.anna, Buffer.concat([png.subarray(0, 33), length, body, sum, png.subarray(33)]));
    expect(answer.status, answer.text).toBe(201);
    expect((await studio.as(studio.anna).get(`/assets/${answer.body.id}`)).body.metadata).not.toHaveProperty('embedded');
  });

  it('refuses a file that is another type than it says, one that is cut off, and one that is damaged inside', async () => {
    const png = await sharp({ create: { width: 200, height: 200, channels: 3, noise: { type: 'gaussian', mean: 120, sigma: 40 }, background: 'red' } })
      .png()
      .toBuffer();
    const jpeg = await sharp(png).jpeg().toBuffer();
    expect((await studio.upload(studio.anna, jpeg, { contentType: 'image/png' })).body).toMatchObject({ status: 415, code: 'type_mismatch' });
    expect((await studio.upload(studio.anna, png.subarray(0, png.length / 2))).body).toMatchObject({ status: 422, code: 'unreadable_image' });
    const damaged = Buffer.from(png);
    damaged.fill(0, 2000, 6000);
    expect((await studio.upload(studio.anna, damaged)).body).toMatchObject({ status: 422, code: 'unreadable_image' });
    expect((await studio.upload(studio.anna, jpeg.subarray(0, jpeg.length / 2), { contentType: 'image/jpeg' })).body).toMatchObject({
      status: 422,
      code: 'unreadable_image',
    });
  });

  it('refuses a 30,000 × 30,000 picture by its header', async () => {
    const bomb = await picture(8, 8);
    bomb.writeUInt32BE(30_000, 16);
    bomb.writeUInt32BE(30_000, 20);
    const answer = await studio.upload(studio.anna, bomb);
    expect(answer.body).toMatchObject({ status: 413, code: 'too_many_pixels' });
    expect(answer.body.detail).toContain('900.0 megapixels');
  });

  it('takes 40 megapixels and not one line more', async () => {
    const flat = (width: number, height: number): Promise<Buffer> =>
      sharp({ create: { width, height, channels: 3, background: 'teal' } })
        .png({ compressionLevel: 9 })
        .toBuffer();
    expect((await studio.upload(studio.anna, await flat(8000, 5000))).body).toMatchObject({ width: 8000, height: 5000 });
    expect((await studio.upload(studio.anna, await flat(8000, 5001))).body).toMatchObject({ status: 413, code: 'too_many_pixels' });
  });

  it('refuses 2 GB by what was announced, before they are sent', async () => {
    const { status, body } = await raw(
      'POST',
      '/api/v1/assets',
      { authorization: `Bearer ${studio.anna.token}`, 'content-type': 'multipart/form-data; boundary=x', 'content-length': String(2 * 1024 ** 3) },
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
      { authorization: `Bearer ${studio.anna.token}`, 'content-type': 'multipart/form-data; boundary=x', 'transfer-encoding': 'chunked' },
      pieces,
      true,
    );
    expect(status).toBe(413);
    expect(body).toMatchObject({ code: 'file_too_large' });
  });

  it('says what is missing in a form without a file, and to what is no form', async () => {
    expect((await studio.as(studio.anna).post('/assets').field('file', 'a text')).body).toMatchObject({ status: 422, errors: [{ pointer: '/file' }] });
    expect(
      (
        await studio
          .as(studio.anna)
          .post('/assets')
          .attach('photo', await picture(), 'a.png')
      ).body,
    ).toMatchObject({ status: 422, errors: [{ pointer: '/file' }] });
    expect((await studio.as(studio.anna).post('/assets').send({ file: 'x' })).body).toMatchObject({ status: 415, code: 'multipart_expected' });
  });

  it('leaves no file behind when it refuses', async () => {
    const before = await studio.stored(studio.anna);
    await studio.upload(studio.anna, Buffer.from('no picture'));
    expect(await studio.stored(studio.anna)).toEqual(before);
  });
});

describe('an upload in three steps', () => {
  const begin = async (person: Person, file: Buffer, more: object = {}) =>
    studio
      .as(person)
      .post('/uploads')
      .send({ filename: 'big.png', size: file.length, contentType: 'image/png', purpose: 'input', ...more });
  const put = (target: { url: string; headers: Record<string, string> }, file: Buffer): Promise<Response> =>
    fetch(target.url, { method: 'PUT', headers: target.headers, body: new Uint8Array(file) });

  it.each([
    ['with its SHA-256, straight to storage', (file: Buffer) => ({ sha256: createHash('sha256').update(file).digest('hex') })],
    ['without it, through our own door', () => ({})],
  ])('%s: the same asset however often it is completed', async (_how, more) => {
    const file = await picture(50, 50);
    const { body } = await begin(studio.anna, file, more(file));
    expect(body.uploadId).toMatch(/^upl_/);
    expect((await studio.as(studio.anna).post(`/uploads/${body.uploadId}/complete`)).body).toMatchObject({ status: 409, code: 'upload_incomplete' });
    expect((await put(body, file)).ok).toBe(true);
    const answers = await Promise.all([1, 2, 3].map(() => studio.as(studio.anna).post(`/uploads/${body.uploadId}/complete`)));
    expect(answers.map((a) => a.status)).toEqual([200, 200, 200]);
    expect(new Set(answers.map((a) => a.body.id)).size).toBe(1);
    expect(answers[0]!.body).toMatchObject({ width: 50, height: 50, filename: 'big.png', bytes: file.length });
    expect((await studio.follow(studio.anna, `/assets/${answers[0]!.body.id}/content`)).body.equals(file)).toBe(true);
    expect((await studio.stored(studio.anna)).some((key) => key.includes('/upload/'))).toBe(false);
  });

  it('takes one file at a time: a second PUT beside the first is 409, one after it is welcome', async () => {
    const file = await picture();
    const begun = await studio.as(studio.anna).post('/uploads').send({ filename: 'a.png', size: file.length, contentType: 'image/png' });
    const { url, headers } = begun.body as { url: string; headers: Record<string, string> };
    const slow = httpRequest(url, { method: 'PUT', headers });
    slow.on('error', () => undefined);
    slow.write(file.subarray(0, 10));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const beside = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(file) });
    expect([beside.status, ((await beside.json()) as { code: string }).code]).toEqual([409, 'upload_in_progress']);
    const first = new Promise<number | undefined>((resolve) => slow.once('response', (answer) => (answer.resume(), resolve(answer.statusCode))));
    slow.end(file.subarray(10));
    expect(await first).toBe(204);
    expect((await fetch(url, { method: 'PUT', headers, body: new Uint8Array(file) })).status).toBe(204);
    expect((await studio.as(studio.anna).post(`/uploads/${begun.body.uploadId}/complete`)).status).toBe(200);
  });

  it('takes neither other bytes than announced, nor more, nor without the token', async () => {
    const file = await picture(50, 50);
    const digest = (await begin(studio.anna, file, { sha256: createHash('sha256').update(file).digest('hex') })).body;
    expect((await put(digest, await picture(51, 50))).status).toBe(422);
    const ours = (await begin(studio.anna, file)).body;
    expect((await put(ours, Buffer.concat([file, file]))).status).toBe(422);
    expect((await put({ ...ours, headers: { 'content-type': 'image/png' } }, file)).status).toBe(404);
    expect((await put({ ...ours, headers: { ...ours.headers, 'x-upload-token': 'x'.repeat(43) } }, file)).status).toBe(404);
    expect((await put({ ...ours, headers: { ...ours.headers, 'content-type': 'image/webp' } }, file)).status).toBe(415);
    for (const id of [digest.uploadId, ours.uploadId]) expect((await studio.as(studio.anna).post(`/uploads/${id}/complete`)).status).toBe(409);
  });

  it('keeps its refusal of a bad file, and nothing of the file', async () => {
    const file = Buffer.from('GIF89a – certainly no PNG');
    const { body } = await begin(studio.anna, file);
    await put(body, file);
    for (let i = 0; i < 2; i++)
      expect((await studio.as(studio.anna).post(`/uploads/${body.uploadId}/complete`)).body).toMatchObject({ status: 415, code: 'unsupported_type' });
    expect((await studio.stored(studio.anna)).some((key) => key.includes('/upload/'))).toBe(false);
  });

  it('refuses by what is announced, all faults at once', async () => {
    const file = await picture();
    expect((await begin(studio.anna, file, { size: 2 * 1024 ** 3 })).body).toMatchObject({ status: 413, code: 'file_too_large' });
    expect((await begin(studio.anna, file, { contentType: 'image/svg+xml' })).body).toMatchObject({ status: 415, code: 'unsupported_type' });
    const { body } = await begin(studio.anna, file, { size: -1, filename: '', sha256: 'abc', purpose: 'fun' });
    expect(body.status).toBe(422);
    expect(body.errors.map((e: { pointer: string }) => e.pointer).sort()).toEqual(['/filename', '/purpose', '/sha256', '/size']);
  });

  it('expires, and its bytes are swept', async () => {
    const file = await picture();
    const { body } = await begin(studio.anna, file);
    await put(body, file);
    await studio.app.db.sql(`UPDATE upload SET expires_at = now() - interval '1 second' WHERE id = $1`, [parseId('upl', body.uploadId)]);
    expect((await studio.as(studio.anna).post(`/uploads/${body.uploadId}/complete`)).body).toMatchObject({ status: 409, code: 'upload_expired' });
    await studio.sweeps.expireUploads();
    expect((await studio.stored(studio.anna)).some((key) => key.includes('/upload/'))).toBe(false);
    expect((await studio.as(studio.anna).post(`/uploads/${body.uploadId}/complete`)).body).toMatchObject({ code: 'upload_expired' });
  });
});

describe('what a plan holds', () => {
  it('is shown with what is used, and refuses what does not fit with the numbers', async () => {
    const person = await studio.app.register('Full');
    await studio.upload(person, await picture());
    const { body } = await studio.app.api(person.token).get('/storage/stats');
    expect(body).toMatchObject({ count: 1, quotaBytes: 5e9, byType: [{ type: 'image', count: 1, bytes: body.bytes }] });
    await studio.app.db.sql(`UPDATE asset SET bytes = $2 WHERE tenant_id = $1`, [studio.tenantUuid(person), 5e9]);
    expect((await studio.upload(person, await picture())).body).toMatchObject({ status: 403, code: 'plan_required', limit: 'storageBytes', quotaBytes: 5e9 });
  });

  it('allows as many uploads per hour as it says', async () => {
    const person = await studio.app.register('Often');
    const answers = [];
    for (let i = 0; i < 21; i++)
      answers.push((await studio.app.api(person.token).post('/uploads').send({ filename: 'a.png', size: 10, contentType: 'image/png' })).status);
    expect(answers).toEqual([...Array(20).fill(201), 429]);
  });
});

/** A request piece by piece, which may stop before its end, as a client that was refused would. */
function raw(method: string, path: string, headers: Record<string, string>, pieces: Buffer[], finish: boolean): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${studio.app.url}${path}`, { method, headers }, (response) => {
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
