import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineFault, EngineInputError, type EngineOutput } from '../../engine.js';
import { BuiltinEngine } from '../builtin-engine.js';
import { drawn, iou, only, runOn, textured, words } from '../kind-trial.js';

const engine = new BuiltinEngine(1);
const run = runOn(engine);
afterAll(() => engine.close());

const scratch = mkdtempSync(join(tmpdir(), 'atelier-kinds-'));
const made: string[] = [];
afterAll(async () => {
  rmSync(scratch, { recursive: true, force: true });
  for (const file of made) await rm(file, { force: true });
});
const fileOf = ({ data }: EngineOutput): string => {
  const { file } = data as { file: string };
  made.push(file);
  return file;
};
const frames = (file: string, width: number, height: number): Buffer[] => {
  const all = execFileSync('ffmpeg', ['-v', 'error', '-i', file, '-pix_fmt', 'gray', '-f', 'rawvideo', '-'], { maxBuffer: 1e9 });
  return Array.from({ length: all.length / (width * height) }, (_, n) => all.subarray(n * width * height, (n + 1) * width * height));
};
/** A bright square that moves 2 pixels a frame to the right over a still texture. */
const moving = async (count: number, fps: number): Promise<Buffer> => {
  const background = await textured(128, 96);
  const stills = await Promise.all(
    Array.from({ length: count }, (_, n) =>
      sharp(background)
        .composite([{ input: { create: { width: 28, height: 28, channels: 3, background: '#f8f0e0' } }, left: 20 + 2 * n, top: 34 }])
        .removeAlpha()
        .raw()
        .toBuffer(),
    ),
  );
  const file = join(scratch, `moving-${count}-${fps}.mp4`);
  const args = [
    '-v',
    'error',
    '-f',
    'rawvideo',
    '-pix_fmt',
    'rgb24',
    '-s',
    '128x96',
    '-r',
    String(fps),
    '-i',
    '-',
    '-c:v',
    'libx264',
    '-crf',
    '12',
    '-pix_fmt',
    'yuv420p',
    '-y',
    file,
  ];
  execFileSync('ffmpeg', args, { input: Buffer.concat(stills) });
  return readFileSync(file);
};

describe('films', () => {
  it('a clip from a picture has exactly the frames asked for, moves, and says that it is simulated', async () => {
    const parameters = { ...words, width: 96, height: 64, frames: 13, fps: 6, motionBucket: 255 };
    const result = await run('video', parameters, { image: await textured(96, 64) });
    const output = only(result);
    expect(output).toMatchObject({
      slot: 'video',
      contentType: 'video/mp4',
      width: 96,
      height: 64,
      metadata: { film: { frames: 13, fps: 6, durationSeconds: 2.167 } },
    });
    expect(result.simulated).toBe(true);
    const file = fileOf(output);
    const shown = frames(file, 96, 64);
    expect(shown).toHaveLength(13);
    expect(shown[0]!.equals(shown[12]!)).toBe(false);
    const again = fileOf(only(await run('video', parameters, { image: await textured(96, 64) })));
    expect(readFileSync(again).equals(readFileSync(file))).toBe(true);
  });

  it('frames between frames show a thing where it would have been', async () => {
    const result = await run('interpolate', { targetFps: 20 }, { video: await moving(12, 10) });
    const output = only(result);
    expect(output.metadata).toMatchObject({ film: { frames: 24, fps: 20, durationSeconds: 1.2 } });
    const shown = frames(fileOf(output), 128, 96);
    expect(shown).toHaveLength(24);
    // Between the frames 5 and 6 the square stands at 31: its left edge is bright, and what it has left behind is not.
    const row = shown[11]!.subarray(48 * 128, 49 * 128);
    expect(row[33]!).toBeGreaterThan(200);
    expect(row[57]!).toBeGreaterThan(200);
    expect(row[27]!).toBeLessThan(200);
    expect(row[63]!).toBeLessThan(200);
  });

  it('a mask follows what moves', async () => {
    const mask = await drawn(128, 96, '<rect x="20" y="34" width="28" height="28" fill="white"/>');
    const output = only(await run('propagate-mask', {}, { video: await moving(15, 10), mask }));
    const shown = frames(fileOf(output), 128, 96);
    expect(shown).toHaveLength(15);
    for (const n of [0, 7, 14])
      expect(
        iou(shown[n]!, (i) => i % 128 >= 20 + 2 * n && i % 128 < 48 + 2 * n && Math.floor(i / 128) >= 34 && Math.floor(i / 128) < 62),
        `frame ${n}`,
      ).toBeGreaterThan(0.8);
  });

  it.each([
    ['a playlist', async () => Buffer.from('#EXTM3U\nfile:///etc/passwd'), 'no MP4'],
    ['an MP4 that is cut off', async () => (await moving(12, 10)).subarray(0, 500), 'cannot be read'],
  ])('%s is the user’s fault', async (_what, video, message) => {
    const refused = run('interpolate', { targetFps: 20 }, { video: await video() });
    await expect(refused).rejects.toThrow(EngineInputError);
    await expect(refused).rejects.toThrow(message);
  });

  it.each(['interpolate', 'propagate-mask'] as const)('%s refuses a clip whose few packets are half an hour of frames', async (kind) => {
    const file = join(scratch, 'lying.mp4');
    const stretched = ['-vf', "setpts='if(lt(N,9),N/10/TB,1800/TB)'", '-vsync', 'vfr', '-pix_fmt', 'yuv420p'];
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=s=64x64:r=10:d=1', ...stretched, '-y', file]);
    const refused = run(kind, { targetFps: 20 }, { video: readFileSync(file), mask: await drawn(64, 64, '') });
    await expect(refused).rejects.toThrow(EngineInputError);
    await expect(refused).rejects.toMatchObject({ code: 'video_too_long' });
  });

  it.each(['video', 'interpolate', 'propagate-mask'] as const)('%s without ffmpeg says what the box lacks', async (kind) => {
    const bare = new BuiltinEngine(1, { ffmpeg: join(scratch, 'nothing-here') });
    const inputs = { image: await textured(64, 64), video: await moving(12, 10), mask: await drawn(128, 96, '') };
    const refused = runOn(bare)(kind, { ...words, width: 64, height: 64, frames: 2, fps: 2, motionBucket: 1, targetFps: 20 }, inputs);
    await expect(refused).rejects.toThrow(EngineFault);
    await expect(refused).rejects.toMatchObject({ code: 'no_ffmpeg' });
    await bare.close();
  });
});

describe('of a film nothing stays behind', () => {
  const program = (name: string, does: string): string => {
    const file = join(scratch, name);
    writeFileSync(file, `#!/bin/sh\n${does}\n`, { mode: 0o755 });
    return file;
  };
  const own = mkdtempSync(join(tmpdir(), 'atelier-films-spec-'));
  const { TMPDIR } = process.env;
  beforeAll(() => void (process.env['TMPDIR'] = own));
  afterAll(() => {
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
    rmSync(own, { recursive: true, force: true });
  });
  const left = (): string[] => readdirSync(own);

  it('but the result', async () => {
    const clip = await moving(12, 10);
    const other = new BuiltinEngine(1);
    const { data } = only(await runOn(other)('interpolate', { targetFps: 20 }, { video: clip }));
    expect(left().map((name) => join(own, name))).toEqual([(data as { file: string }).file]);
    await rm((data as { file: string }).file);
    await other.close();
  });

  it.each([
    ['the clip is broken', 'ffmpeg', null],
    ['ffmpeg fails', () => program('fails', 'exit 3'), null],
    ['the task is stopped and ffmpeg hangs, so that the thread has to be ended', () => program('hangs', 'exec sleep 20'), 'stop'],
    ['the engine is closed meanwhile', () => program('hangs', 'exec sleep 20'), 'close'],
  ] as [string, string | (() => string), 'stop' | 'close' | null][])('when %s', async (_what, ffmpeg, end) => {
    const other = new BuiltinEngine(1, { ffmpeg: typeof ffmpeg === 'string' ? ffmpeg : ffmpeg() });
    const stop = new AbortController();
    const video = ffmpeg === 'ffmpeg' ? (await moving(12, 10)).subarray(0, 500) : await moving(12, 10);
    const refused = runOn(other)('interpolate', { targetFps: 20 }, { video }, stop.signal).catch((error: Error) => error);
    if (end) {
      await expect.poll(left, { timeout: 5_000 }).toHaveLength(1);
      if (end === 'stop') stop.abort();
      else await other.close();
    }
    expect(await refused).toBeInstanceOf(Error);
    expect(left()).toEqual([]);
    await other.close();
  });
});
