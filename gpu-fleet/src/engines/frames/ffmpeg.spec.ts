import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EngineFault, EngineInputError } from '../engine.js';
import { demuxerOf, Encoder, factsOfClip, framesOf, FRAMES_MAX, type Clip, type ClipFacts } from './ffmpeg.js';

const scratch = mkdtempSync(join(tmpdir(), 'frames-spec-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const signal = new AbortController().signal;
const made = (name: string, ...args: string[]): Clip => {
  const file = join(scratch, name);
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', ...args, '-y', file]);
  return { file, demuxer: name.endsWith('webm') ? 'matroska' : 'mov' };
};
const clip = (name: string, source: string, ...more: string[]): Clip => made(name, '-i', `testsrc=${source}`, '-pix_fmt', 'yuv420p', ...more);
/** Ten pictures, the last of them shown after half an hour. */
const lying = (): Clip => clip('lying.mp4', 's=64x64:r=10:d=1', '-vf', "setpts='if(lt(N,9),N/10/TB,1800/TB)'", '-vsync', 'vfr');
const facts = (of: Clip, program = 'ffmpeg') => factsOfClip(program, of, signal);
const count = async (of: Clip, said: ClipFacts): Promise<number> => {
  let frames = 0;
  for await (const frame of framesOf('ffmpeg', of, said, signal)) {
    expect(frame).toHaveLength(said.width * said.height * 3);
    frames++;
  }
  return frames;
};

describe('a clip is measured by what is read of it', () => {
  it.each([
    ['MP4', 'plain.mp4', 's=64x48:r=10:d=1.2', [], { width: 64, height: 48, fps: 10, frames: 12 }],
    ['WebM', 'plain.webm', 's=64x48:r=25:d=1', ['-c:v', 'libvpx'], { width: 64, height: 48, fps: 25, frames: 25 }],
    ['NTSC', 'ntsc.mp4', 's=64x48:r=30000/1001:d=1', [], { width: 64, height: 48, fps: 30000 / 1001, frames: 30 }],
    ['one frame', 'one.mp4', 's=64x48:r=24', ['-frames:v', '1'], { width: 64, height: 48, fps: 24, frames: 1 }],
  ] as [string, string, string, string[], ClipFacts][])('%s', async (_what, name, source, more, expected) => {
    const film = clip(name, source, ...more);
    expect(await facts(film)).toEqual(expected);
    expect(await count(film, expected)).toBe(expected.frames);
  });

  it('pauses count: frames dropped in the middle are read again as the frame before them', async () => {
    const gap = clip('gap.mp4', 's=64x48:r=10:d=2', '-vf', "select='lt(n,5)+gte(n,15)'", '-vsync', 'vfr');
    const said = await facts(gap);
    expect(said.frames).toBe(20);
    expect(await count(gap, said)).toBe(20);
  });
});

describe('a clip is refused', () => {
  it('when its times stretch a few packets over half an hour', async () => {
    const film = lying();
    expect(readFileSync(film.file).length).toBeLessThan(5_000);
    await expect(facts(film)).rejects.toMatchObject({ code: 'video_too_long', message: expect.stringContaining('18001 frames') });
    await expect(facts(film)).rejects.toThrow(EngineInputError);
  });

  it('at the frame that is one too many, should the count have been wrong', async () => {
    const read = count(lying(), { width: 64, height: 64, fps: 10, frames: 10 });
    await expect(read).rejects.toMatchObject({ code: 'video_too_long', message: expect.stringContaining(`more than ${FRAMES_MAX}`) });
  });

  it('when it is larger than what is worked on', async () => {
    const wide = clip('wide.mp4', 's=4112x64:r=1:d=1', '-preset', 'ultrafast');
    await expect(facts(wide)).rejects.toMatchObject({ code: 'video_too_large', message: expect.stringContaining('4112 × 64') });
  });

  it('when it has sound and no picture', async () => {
    await expect(facts(made('sound.mp4', '-i', 'sine=d=1'))).rejects.toMatchObject({
      code: 'unreadable_video',
      message: expect.stringContaining('no picture'),
    });
  });

  it.each([
    ['nothing', ''],
    ['three bytes', 'abc'],
    ['four bytes', 'abcd'],
    ['a playlist', '#EXTM3U\nfile:///etc/passwd'],
    ['an AVI', 'RIFF\0\0\0\0AVI LIST'],
  ])('when it is %s', (_what, bytes) => {
    expect(() => demuxerOf(Buffer.from(bytes, 'latin1'))).toThrow(EngineInputError);
  });
});

describe('without ffmpeg the box is at fault, not the clip', () => {
  const nowhere = join(scratch, 'nothing-here');

  it('in a look at a clip, in reading its frames, in making a film', async () => {
    const film = clip('plain.mp4', 's=64x48:r=10:d=1.2');
    const encoder = new Encoder(nowhere, join(scratch, 'out.mp4'), { width: 64, height: 48, fps: 10 }, null, signal);
    for (const refused of [facts(film, nowhere), framesOf(nowhere, film, { width: 64, height: 48, fps: 10, frames: 12 }, signal).next(), encoder.close()]) {
      await expect(refused).rejects.toThrow(EngineFault);
      await expect(refused).rejects.toMatchObject({ code: 'no_ffmpeg', message: expect.stringContaining('FFMPEG_PATH') });
    }
  });
});
