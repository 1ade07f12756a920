import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { film } from '../support/film.js';
import { Studio } from './studio.js';

let studio: Studio;
beforeAll(async () => {
  studio = await Studio.open();
});
afterAll(() => studio?.app.close());

const upload = (file: Buffer, contentType = 'video/mp4') => studio.upload(studio.anna, file, { filename: 'clip.mp4', contentType });

describe('a film that is uploaded', () => {
  it.each([
    ['MP4', 'mp4', 'video/mp4'],
    ['WebM', 'webm', 'video/webm'],
  ] as const)('as %s becomes an asset with its size, frames and length, and shows its first frame', async (_name, type, contentType) => {
    const answer = await upload(film({ type, frames: 15, fps: 10 }), contentType);
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    expect(answer.body).toMatchObject({ type: 'video', contentType, width: 64, height: 48 });
    const detail = (await studio.as(studio.anna).get(`/assets/${answer.body.id}`)).body;
    expect(detail.metadata.film).toEqual({ frames: 15, fps: 10, durationSeconds: 1.5 });
    const { body } = await studio.follow(studio.anna, `/assets/${answer.body.id}/content?size=256`);
    expect(await sharp(body).metadata()).toMatchObject({ format: 'webp', width: 64, height: 48 });
  });

  it('that was held upright is as high as it is shown', async () => {
    expect((await upload(film({ turned: true }))).body).toMatchObject({ width: 48, height: 64 });
  });

  it('whose few packets are half an hour long has all the frames of half an hour', async () => {
    const answer = await upload(film({ width: 64, height: 48, fps: 10, frames: 10, lastAt: 1800 }));
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    expect((await studio.as(studio.anna).get(`/assets/${answer.body.id}`)).body.metadata.film).toEqual({ frames: 18_001, fps: 10, durationSeconds: 1800.1 });
    const mask = await studio.upload(
      studio.anna,
      await sharp({ create: { width: 64, height: 48, channels: 3, background: 'white' } })
        .png()
        .toBuffer(),
      {
        filename: 'mask.png',
        contentType: 'image/png',
      },
    );
    const refused = await studio.as(studio.anna).post('/visual/propagate-mask').send({ video: answer.body.id, mask: mask.body.id });
    expect(refused.status, JSON.stringify(refused.body)).toBe(422);
    expect(refused.body.errors).toMatchObject([{ pointer: '/video', code: 'too_many_frames' }]);
  });

  it('whose few packets are hours long is too long to be taken in', async () => {
    const answer = await upload(film({ frames: 10, lastAt: 7200 }));
    expect(answer.status).toBe(413);
    expect(answer.body).toMatchObject({ code: 'video_too_large', detail: expect.stringContaining('72001 frames') });
  });

  it.each([
    ['a playlist that names other files', Buffer.from('#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n'), 415, 'unsupported_type'],
    ['a list for ffmpeg', Buffer.from("ffconcat version 1.0\nfile '/etc/passwd'\n"), 415, 'unsupported_type'],
    ['an MP4 cut short', film().subarray(0, 700), 422, 'unreadable_video'],
    [
      'the head of an MP4 and nothing else',
      Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypisom\0\0\0\0isomiso2'), Buffer.alloc(50)]),
      422,
      'unreadable_video',
    ],
    ['a WebM that says it is an MP4', film({ type: 'webm' }), 415, 'type_mismatch'],
  ])('is refused when it is %s', async (_what, file, status, code) => {
    const answer = await upload(file);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code });
  });

  it('has no copy without metadata', async () => {
    const { body } = await upload(film({ frames: 3 }));
    expect((await studio.as(studio.anna).get(`/assets/${body.id}/content?metadata=strip`)).status).toBe(422);
  });
});
