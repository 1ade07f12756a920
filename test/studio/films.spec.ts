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
