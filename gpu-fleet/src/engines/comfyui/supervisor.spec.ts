import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { EngineResult, EngineWeights } from '../engine.js';
import { ComfyStandIn } from './comfy-stand-in.js';
import { ComfyuiEngine, hangMsOf, type ComfyuiSettings } from './comfyui-engine.js';
import { Shelf } from './shelf.js';

const scratch = mkdtempSync(join(tmpdir(), 'atelier-comfy-process-'));
const program = join(scratch, 'comfy.mjs');
const checkpoint: EngineWeights = {
  ...{ digest: 'one', role: 'checkpoint', name: 'one.safetensors', format: 'safetensors', path: join(scratch, 'one'), bytes: 3, vramMb: 1 },
};
let port = 0;
let engine: ComfyuiEngine | null = null;
const url = (): string => `http://127.0.0.1:${port}`;

/** The least that is started, answers and takes a socket; a prompt makes it do what its second argument says. It writes down every process of its own. */
const PROGRAM = `import { createServer } from 'node:http'; import { createHash } from 'node:crypto'; import { spawn } from 'node:child_process';
  import { appendFileSync, readFileSync } from 'node:fs';
  const [, , port, does, folder] = process.argv; let id = null;
  const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'ignore' });
  appendFileSync(folder + '/pids', process.pid + ' ' + child.pid + '\\n');
  const server = createServer((q, r) => {
    if (id && does === 'mute') return;
    if (q.url === '/interrupt' && does === 'obey') id = null;
    const end = (body) => { r.setHeader('content-type', 'application/json'); r.end(JSON.stringify(body)); };
    if (q.url === '/system_stats') return end({ system: { comfyui_version: '9.9' }, devices: [] });
    if (q.url === '/object_info') return r.end(readFileSync(folder + '/object_info.json'));
    if (q.url === '/queue' && q.method === 'GET') return end({ queue_running: id && does !== 'fail' ? [[0, id, {}, {}, []]] : [], queue_pending: [] });
    if (id && q.url === '/history/' + id) return end({ [id]: { outputs: {}, status: { status_str: 'error', completed: false, messages: [] } } });
    if (q.url !== '/prompt') return end({});
    if (does === 'crash') process.exit(9);
    let text = ''; q.on('data', (d) => (text += d)).on('end', () => { id = JSON.parse(text).prompt_id; end({ prompt_id: id, number: 1, node_errors: {} }); });
  });
  server.on('upgrade', (q, s) => s.on('error', () => 0).write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: ' +
    createHash('sha1').update(q.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64') + '\\r\\n\\r\\n'));
  setTimeout(() => server.listen(Number(port), '127.0.0.1'), 200);`;

beforeAll(async () => {
  writeFileSync(program, PROGRAM);
  writeFileSync(checkpoint.path, 'one');
  const listed = await ComfyStandIn.start();
  await new Shelf(listed.folder).place([checkpoint]);
  writeFileSync(join(scratch, 'object_info.json'), await (await fetch(`${listed.url}/object_info`)).text());
  await listed.close();
  port = await new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address() as { port: number };
      probe.close(() => resolve(free));
    });
  });
});
afterEach(async () => {
  await engine?.close();
  engine = null;
  rmSync(join(scratch, 'pids'), { force: true });
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const open = async (does: string, change: Partial<ComfyuiSettings> = {}): Promise<ComfyuiEngine> =>
  (engine = await ComfyuiEngine.open({
    ...{ url: url(), command: [process.execPath, program, String(port), does, scratch], dir: scratch, startMs: 10_000, quietMs: 200, hangMs: 800 },
    ...change,
  }));
const draw = (o: { timeLimitMs?: number; signal?: AbortSignal } = {}): Promise<EngineResult> =>
  engine!.run({
    kind: 'txt2img',
    parameters: {
      ...{ prompt: 'a heron', negativePrompt: '', width: 64, height: 64, steps: 2, cfgScale: 5, sampler: 'euler', scheduler: 'normal' },
      ...{ seed: 1, model: 'm', family: 'sd15' },
    },
    inputs: [],
    weights: [checkpoint],
    onLoaded: () => undefined,
    onProgress: () => undefined,
    ...o,
    signal: o.signal ?? new AbortController().signal,
  });
/** Of each start: the process and its child. */
const starts = (): number[][] =>
  readFileSync(join(scratch, 'pids'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number));
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};
const gone = (pids: number[]): Promise<void> => expect.poll(() => pids.some(isAlive), { timeout: 5_000 }).toBe(false) as unknown as Promise<void>;

it('is started, waited for, and ended with the engine, and with it all that it started', async () => {
  expect((await open('crash')).version).toBe('comfyui 9.9');
  const [first] = starts();
  expect(first!.every(isAlive)).toBe(true);
  await engine!.close();
  await expect(fetch(`${url()}/system_stats`)).rejects.toThrow();
  await gone(first!);
}, 20_000);

it('a crash fails the task that ran, and a new process is there for the next', async () => {
  await open('crash');
  await expect(draw()).rejects.toMatchObject({ code: 'engine_crashed' });
  expect(engine!.loaded()).toEqual([]);
  await expect(draw()).rejects.toMatchObject({ code: 'engine_crashed' });
  expect(starts().length).toBeGreaterThanOrEqual(2);
}, 30_000);

it('one that hangs is ended, and a new process is there for the next', async () => {
  await open('hang');
  await expect(draw()).rejects.toMatchObject({ code: 'engine_hung' });
  await gone([starts()[0]![0]!]);
  await expect.poll(() => starts().length, { timeout: 5_000 }).toBe(2);
}, 30_000);

it('of every limit of an attempt, silence that counts as a hang leaves as much as a model takes to load, and time to see the hang', () => {
  // Pictures and clips, on a card and on a processor.
  for (const limitMs of [600_000, 1_800_000, 7_200_000, 21_600_000]) {
    expect(hangMsOf(limitMs)).toBeGreaterThanOrEqual(240_000);
    expect(hangMsOf(limitMs)).toBeLessThanOrEqual(limitMs / 2);
  }
});

it('where nothing is set, a hang is seen and the process ended before the limit of the attempt', async () => {
  await open('hang', { hangMs: undefined });
  await expect(draw({ timeLimitMs: 3_000, signal: AbortSignal.timeout(3_000) })).rejects.toMatchObject({ code: 'engine_hung' });
  await gone([starts()[0]![0]!]);
  await expect.poll(() => starts().length, { timeout: 5_000 }).toBe(2);
}, 20_000);

it.each([
  ['works on all the same', 'hang'],
  ['answers nothing any more', 'mute'],
])(
  'one that %s when its task is stopped is ended at once, and a new process is there for the next',
  async (_, does) => {
    await open(does, { hangMs: 60_000, graceMs: 400 });
    await expect(draw({ signal: AbortSignal.timeout(800) })).rejects.toMatchObject({ code: 'aborted' });
    await gone([starts()[0]![0]!]);
    await expect.poll(() => starts().length, { timeout: 5_000 }).toBe(2);
  },
  15_000,
);

it('one whose prompt stops when it is told to goes on', async () => {
  await open('obey', { hangMs: 60_000, graceMs: 3_000 });
  await expect(draw({ signal: AbortSignal.timeout(500) })).rejects.toMatchObject({ code: 'aborted' });
  expect(starts()).toHaveLength(1);
  expect(starts()[0]!.every(isAlive)).toBe(true);
}, 15_000);

it('one that has grown beyond its limit is started anew between two tasks', async () => {
  await open('fail', { growthMaxMb: 100_000 });
  await expect(draw()).rejects.toMatchObject({ code: 'engine_error' });
  await engine!.close();
  expect(starts()).toHaveLength(1);
  await open('fail', { growthMaxMb: 1 });
  await expect(draw()).rejects.toMatchObject({ code: 'engine_error' });
  await expect.poll(() => starts().length, { timeout: 5_000 }).toBe(3);
}, 30_000);

it('an engine that is closed while a task runs fails it, and starts nothing any more', async () => {
  await open('hang', { hangMs: 60_000 });
  const running = draw();
  await new Promise((resolve) => setTimeout(resolve, 600));
  const failed = expect(running).rejects.toMatchObject({ code: 'engine_closed' });
  await engine!.close();
  await failed;
  expect(starts()).toHaveLength(1);
  await gone(starts()[0]!);
}, 20_000);

it('one that ends while it starts is told with its last words', async () => {
  const command = [process.execPath, '-e', 'console.error("no module named torch"); process.exit(3)'];
  await expect(open('', { url: 'http://127.0.0.1:9', command })).rejects.toThrow(/no module named torch/);
}, 20_000);

it('one that finds no GPU is told with the cure', async () => {
  const command = [process.execPath, '-e', 'console.error("AssertionError: Torch not compiled with CUDA enabled"); process.exit(1)'];
  await expect(open('', { url: 'http://127.0.0.1:9', command })).rejects.toThrow(/add --cpu to ATELIER_COMFYUI_COMMAND/);
}, 20_000);

it.each([['--listen'], ['--listen', '0.0.0.0'], ['--listen=0.0.0.0'], ['--listen', '--port', '1']])(
  'a command that opens it to the network is refused: %s %s',
  async (...flags) => {
    await expect(open('', { url: 'http://127.0.0.1:9', command: ['python', 'main.py', ...flags] })).rejects.toThrow(/--listen 127\.0\.0\.1/);
  },
);
