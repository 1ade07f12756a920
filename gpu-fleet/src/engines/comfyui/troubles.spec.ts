import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EngineInputError, type EngineProgress } from '../engine.js';
import { ComfyStandIn, type Behaviour } from './comfy-stand-in.js';
import { drawing, plain, runOn, weightsIn, type Watch } from './comfy-trial.js';
import { ComfyuiEngine } from './comfyui-engine.js';
import { Traces } from './traces.js';

const scratch = mkdtempSync(join(tmpdir(), 'atelier-comfy-troubles-'));
let comfy: ComfyStandIn;
let engine: ComfyuiEngine;
beforeAll(async () => {
  comfy = await ComfyStandIn.start();
});
beforeEach(async () => {
  comfy.reset();
  engine = await ComfyuiEngine.open({ url: comfy.url, dir: comfy.folder, quietMs: 300, hangMs: 1_200, graceMs: 800, startMs: 2_000 });
});
afterEach(() => engine?.close());
afterAll(async () => {
  await comfy?.close();
  rmSync(scratch, { recursive: true, force: true });
});

const models = [weightsIn(scratch)('checkpoint', 'sd15')];
const run = runOn(() => engine);
const draw = (watch: Watch = {}, change: object = {}) => run('txt2img', drawing('sd15', change), {}, models, watch);
const behave = (behaviour: Behaviour): void => void (comfy.behaviour = behaviour);

describe('trouble on the way', () => {
  it('an error of a node is told in one line', async () => {
    behave({ errors: [{ type: 'RuntimeError', message: 'mat1 and mat2 shapes cannot be multiplied\nsecond line' }] });
    await expect(draw()).rejects.toMatchObject({ code: 'engine_error', message: expect.stringMatching(/KSampler: RuntimeError mat1[^\n]*$/) });
  });

  it('a prompt that neither queue nor history knows is lost, and never done', async () => {
    behave({ forgets: true });
    await expect(draw()).rejects.toMatchObject({ code: 'prompt_lost' });
  });

  it('a socket that drops is opened again, and the end is found all the same', async () => {
    behave({ drops: true, stepMs: 60 });
    expect((await draw()).outputs).toHaveLength(1);
  });

  it('frames that are none change nothing', async () => {
    behave({ garbage: true });
    expect((await draw()).outputs).toHaveLength(1);
  });

  it('a history that is written late is waited for', async () => {
    behave({ historyMs: 600 });
    expect((await draw()).outputs).toHaveLength(1);
  });

  it('an answer that comes late, about this prompt or another, changes nothing', async () => {
    behave({ lateMs: 500, stranger: true });
    const heard: EngineProgress[] = [];
    expect((await draw({ heard })).outputs).toHaveLength(1);
    expect(heard.every(({ totalSteps }) => totalSteps === 4)).toBe(true);
  });

  it('a picture that is larger than it takes is the user’s to change, and the box’s', async () => {
    behave({ tooLarge: true });
    const refused = run('img2img', drawing('sd15', { strength: 0.5 }), { image: await plain(128, 64, 'teal') }, models);
    await expect(refused).rejects.toThrow(EngineInputError);
    await expect(refused).rejects.toThrow(/^.* MiB .*choose a smaller picture, or .*--max-upload-size/);
  });

  it('a disk that is full is told as the box’s fault', async () => {
    behave({ errors: [{ type: 'OSError', message: '[Errno 28] No space left on device' }] });
    await expect(draw()).rejects.toMatchObject({ code: 'engine_error', message: expect.stringContaining('No space left') });
  });

  it('silence of a running prompt is a hang', async () => {
    behave({ hangs: true });
    await expect(draw()).rejects.toMatchObject({ code: 'engine_hung' });
  }, 15_000);

  it('a result of another size than asked is no result', async () => {
    behave({ size: { width: 64, height: 64 } });
    await expect(draw()).rejects.toThrow('made 64 × 64 instead of 128 × 64');
  });

  it('a server that is not there is told with the cure', async () => {
    await expect(ComfyuiEngine.open({ url: 'http://127.0.0.1:9', startMs: 600 })).rejects.toThrow(/ATELIER_COMFYUI_COMMAND/);
  });
});

describe('a stop', () => {
  it('is asked for in one step of a server that can do it so', async () => {
    const abort = new AbortController();
    behave({ stepMs: 80, cancels: true });
    const stopped = draw({ signal: abort.signal }, { steps: 50 });
    setTimeout(() => abort.abort(), 300);
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
    expect(comfy.calls.some((call) => /^POST \/api\/jobs\/[0-9a-f-]{36}\/cancel$/.test(call))).toBe(true);
    expect(comfy.calls).not.toContain('POST /interrupt');
  });

  it('interrupts this prompt alone, and the next one runs', async () => {
    const abort = new AbortController();
    behave({ stepMs: 80 });
    const stopped = draw({ signal: abort.signal }, { steps: 50 });
    setTimeout(() => abort.abort(), 300);
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
    expect(comfy.calls, comfy.calls.join()).toContain('POST /interrupt');
    behave({});
    expect((await draw()).outputs).toHaveLength(1);
  });

  it('takes a prompt that waits out of the queue, and leaves alone what runs', async () => {
    const end = comfy.occupy();
    await expect(draw({ signal: AbortSignal.timeout(400) })).rejects.toMatchObject({ code: 'aborted' });
    expect(comfy.submitted).toHaveLength(1);
    expect(comfy.calls).not.toContain('POST /interrupt');
    expect(comfy.isOccupied).toBe(true);
    expect((await (await fetch(`${comfy.url}/queue`)).json()).queue_pending).toEqual([]);
    end();
  });

  it('removes what the prompt had made by then, and nothing of others', async () => {
    const results = join(comfy.folder, 'output', 'atelier');
    mkdirSync(results, { recursive: true });
    writeFileSync(join(results, 'another_00001_.png'), '');
    behave({ early: true, stepMs: 80 });
    const abort = new AbortController();
    const stopped = draw({ signal: abort.signal }, { steps: 50 });
    await expect.poll(() => comfy.filesOf('output/atelier').length).toBe(2);
    abort.abort();
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
    expect(comfy.filesOf('output/atelier')).toEqual(['another_00001_.png']);
  });

  it('of a task that waits for its turn submits nothing', async () => {
    behave({ stepMs: 100 });
    const first = draw();
    const abort = new AbortController();
    const second = expect(draw({ signal: abort.signal })).rejects.toMatchObject({ code: 'aborted' });
    abort.abort();
    await Promise.all([first, second]);
    expect(comfy.submitted).toHaveLength(1);
  });
});

it('a file that the server says lies outside its folder is not removed', async () => {
  const folder = join(scratch, 'folder');
  mkdirSync(join(folder, 'input', 'mine'), { recursive: true });
  const [own, other] = [join(folder, 'input', 'own.png'), join(folder, 'other.png')];
  for (const path of [own, other]) writeFileSync(path, '');
  const traces = new Traces(folder);
  for (const name of ['own.png', '../other.png', 'mine/../../other.png', '/../other.png']) traces.uploaded(name);
  await traces.remove();
  expect([existsSync(own), existsSync(other)]).toEqual([false, true]);
});
