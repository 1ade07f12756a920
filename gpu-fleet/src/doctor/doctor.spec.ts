/** The command itself, compiled, on this machine: with and without a card, with ComfyUI in all its states. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sha256Of } from '../agent/transfer.js';
import { ComfyStandIn, type Behaviour } from '../engines/comfyui/comfy-stand-in.js';
import { OPTIONAL_NODES } from '../engines/comfyui/graphs/packs.js';
import type { Examination } from './doctor.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'atelier-doctor-spec-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A folder of programs that come before all others. */
function programs(name: string, scripts: Record<string, string>): string {
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  for (const [program, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, program), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, program), 0o755);
  }
  return `${folder}:${process.env.PATH}`;
}
const SOUND_CARD = programs('sound-card', { 'nvidia-smi': 'echo "NVIDIA A10G, 23028, 550.127.05, 0, 0"', dmesg: 'exit 1' });
const PACKS = Object.fromEntries(OPTIONAL_NODES.map(({ node }) => [node, { inputs: {}, outputs: [] }]));

async function run(env: Record<string, string>, ...options: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const weights = { ATELIER_WEIGHTS_DIR: join(scratch, 'weights') };
  const child = spawn(process.execPath, [MAIN, 'doctor', ...options], { env: { PATH: process.env.PATH, ...weights, ...env } });
  let [out, err] = ['', ''];
  child.stdout.on('data', (text) => (out += String(text)));
  child.stderr.on('data', (text) => (err += String(text)));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
}

/** Standard output is one JSON object and nothing else, and the exit code is what it says. */
async function examined(env: Record<string, string>, ...options: string[]): Promise<Examination & { ids: Record<string, string> }> {
  const { code, out } = await run(env, '--json', ...options);
  const examination = JSON.parse(out) as Examination;
  expect(out.trimEnd()).not.toContain('\n');
  expect(examination.ok).toBe(examination.problems.every(({ severity }) => severity !== 'error'));
  expect(code).toBe(examination.ok ? 0 : 1);
  for (const problem of examination.problems) expect(Object.keys(problem).sort()).toEqual(['cure', 'id', 'severity', 'what']);
  return { ...examination, ids: Object.fromEntries(examination.problems.map(({ id, severity }) => [id, severity])) };
}

describe('doctor', () => {
  it('explains itself, and refuses an option it does not know', async () => {
    expect(await run({}, '--help')).toMatchObject({ code: 0, out: expect.stringContaining('--verify') });
    expect(await run({}, '--jsn')).toMatchObject({ code: 2, err: 'Unknown option "--jsn": see doctor --help.\n' });
  });

  it('without any setting: this machine is a sound box, each engine has done its trial', async () => {
    const { ok, facts, ids } = await examined({ PATH: process.env.PATH! });
    expect(ok).toBe(true);
    expect(facts.machine).toMatchObject({ node: process.versions.node, cpu: { cores: expect.any(Number) }, ffmpeg: { version: expect.any(String) } });
    expect(facts.comfyui).toBeNull();
    expect(facts.onnx).toMatchObject({ mode: 'auto', version: expect.stringMatching(/^1\./), providers: expect.arrayContaining(['cpu']) });
    expect(facts.trials.map(({ engine, reason }) => [engine, reason])).toEqual([
      ['builtin', null],
      ['onnx', null],
    ]);
    expect(facts.trials.every(({ ms }) => ms > 0 && ms < 20_000)).toBe(true);
    expect(ids).toHaveProperty(['comfyui.off']);
  });

  it('the report for people names rows, marks and a verdict', async () => {
    const { code, out } = await run({ ATELIER_ONNX: 'off' });
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}ok {4}builtin {3}always there · txt2img, 64 × 64: \d+ ms$/m);
    expect(out).toMatch(/^ {2}note {2}onnx {6}ATELIER_ONNX=off: off$/m);
    expect(out.trimEnd().split('\n').at(-1)).toMatch(/^This box works/);
  });

  it('with a card: its class, memory, driver and last Xid, and that no engine uses it', async () => {
    const PATH = programs('card', {
      'nvidia-smi': 'echo "NVIDIA A10G, 23028, 550.127.05, 1028, 0"',
      dmesg: 'echo "[1.0] NVRM: Xid (PCI:0000:3b:00): 79, pid=9, GPU has fallen off the bus."',
    });
    const { facts, ids } = await examined({ PATH, ATELIER_ONNX: 'cpu' });
    expect(facts.gpu).toMatchObject({ tool: 'works', xid: 79, gpus: [{ class: 'A10G', vramMb: 23_028, vramUsedMb: 1_028, driver: '550.127.05' }] });
    expect(ids).toMatchObject({ 'gpu.xid': 'error', 'gpu.idle': 'warning', 'comfyui.off': 'warning' });
  });

  it('a driver that does not answer is an error with its last words', async () => {
    const PATH = programs('broken', { 'nvidia-smi': 'echo "NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver."; exit 9' });
    const { problems } = await examined({ PATH, ATELIER_ONNX: 'off' });
    expect(problems[0]).toMatchObject({ id: 'gpu.tool-failed', severity: 'error', what: expect.stringContaining('could not communicate') });
  });

  it('wrong and contradicting settings are named, and the rest is looked at all the same', async () => {
    const env = { ATELIER_SLOTS: 'many', ATELIER_ONNX: 'off', ATELIER_ONNX_BUDGET_MB: '500', ATELIER_COMFYUI_DIR: scratch, FFMPEG_PATH: '/nowhere/ffmpeg' };
    const { facts, ids } = await examined(env);
    expect(ids).toMatchObject({
      'settings.unreadable-1': 'error',
      'ffmpeg.missing': 'error',
      'settings.comfyui-dir-alone': 'warning',
      'settings.onnx-budget-off': 'note',
    });
    expect(facts.trials).toMatchObject([{ engine: 'builtin', reason: null }]);
  });

  it('weights are counted and verified, and a damaged file is named', async () => {
    const folder = join(scratch, 'cache', '0');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, sha256Of(Buffer.from('sound'))), 'sound');
    writeFileSync(join(folder, 'a'.repeat(64)), 'damaged');
    const { facts, problems } = await examined({ ATELIER_WEIGHTS_DIR: join(scratch, 'cache'), ATELIER_ONNX: 'off' }, '--verify');
    expect(facts.weights).toMatchObject({ files: 2, bytes: 12, verified: 2 });
    expect(problems.find(({ id }) => id === 'weights.corrupt')?.what).toContain('a'.repeat(64));
  });
});

describe('doctor and ComfyUI', () => {
  let comfy: ComfyStandIn;
  beforeAll(async () => {
    comfy = await ComfyStandIn.start();
    mkdirSync(join(comfy.folder, 'models'));
  });
  afterEach(() => comfy.reset());
  afterAll(() => comfy?.close());

  const at = async (behaviour: Behaviour, more: Record<string, string> = {}) => {
    comfy.behaviour = behaviour;
    return examined({ PATH: SOUND_CARD, ATELIER_COMFYUI_URL: comfy.url, ATELIER_COMFYUI_DIR: comfy.folder, ATELIER_ONNX: 'off', ...more });
  };

  it('healthy: its version, families and lists are told, and it has drawn an empty picture', async () => {
    const { facts, ids } = await at({ extra: PACKS });
    expect(Object.keys(ids).filter((id) => id.startsWith('comfyui') || id.startsWith('settings'))).toEqual(['comfyui.no-models']);
    expect(facts.comfyui).toMatchObject({ isReachable: true, wasStarted: false, version: '0.8.0', missing: [], models: { checkpoints: [] } });
    expect(facts.comfyui!.families.map(({ name, missing }) => [name, missing.length])).toContainEqual(['Wan', 0]);
    expect(facts.trials).toMatchObject([{ engine: 'builtin' }, { engine: 'comfyui', reason: null }]);
    expect(Object.values(comfy.submitted[0]!).map(({ class_type }) => class_type)).toEqual(['EmptyImage', 'PreviewImage']);
  });

  it('without a node pack: what does not run, and what to install', async () => {
    const { ids, problems } = await at({ extra: { ...PACKS }, without: ['IPAdapterAdvanced'] });
    expect(ids).toMatchObject({ 'comfyui.pack.ComfyUI_IPAdapter_plus': 'warning' });
    const problem = problems.find(({ id }) => id.startsWith('comfyui.pack'));
    expect(problem).toMatchObject({
      what: expect.stringContaining('IP-Adapter'),
      cure: expect.stringContaining('https://github.com/cubiq/ComfyUI_IPAdapter_plus'),
    });
  });

  it('without nodes of its own: which families do not run', async () => {
    const { problems } = await at({ extra: PACKS, without: ['WanImageToVideo'] });
    expect(problems[0]).toMatchObject({ id: 'comfyui.core-nodes', severity: 'error', what: expect.stringMatching(/WanImageToVideo.* Wan\./) });
  });

  it('dead: an error with the cure, and every other engine is tried all the same', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const { facts, problems } = await at({}, { ATELIER_COMFYUI_URL: `http://127.0.0.1:${port}` });
    expect(problems[0]).toMatchObject({ id: 'comfyui.unreachable', severity: 'error', cure: expect.stringContaining('main.py') });
    expect(facts.trials).toMatchObject([{ engine: 'builtin', reason: null }]);
  });

  it('a start that takes long is shown on standard error, and standard output stays the report', async () => {
    const command = join(scratch, 'comfy-slow');
    writeFileSync(command, '#!/bin/sh\nsleep 2.5\n');
    chmodSync(command, 0o755);
    const { out, err, code } = await run({ ATELIER_ONNX: 'off', ATELIER_COMFYUI_URL: 'http://127.0.0.1:9', ATELIER_COMFYUI_COMMAND: command });
    expect(err).toMatch(/^ {2}asking ComfyUI … 2 s\n$/);
    expect(out).toMatch(/^Machine\n[^]*FAIL {2}comfyui[^]*This box does not work as it is set up: \d+ to mend/);
    expect(code).toBe(1);
  });

  it('a command that ends at once is told with its last words', async () => {
    const command = join(scratch, 'comfy-start');
    writeFileSync(command, '#!/bin/sh\necho "No module named torch" >&2\nexit 1\n');
    chmodSync(command, 0o755);
    const examination = await at({}, { ATELIER_COMFYUI_URL: 'http://127.0.0.1:9', ATELIER_COMFYUI_COMMAND: `${command} --port 10 --key secret` });
    expect(examination.problems.find(({ id }) => id === 'comfyui.unreachable')?.what).toContain('No module named torch');
    expect(examination.ids).toMatchObject({ 'settings.comfyui-port': 'error' });
    expect(JSON.stringify(examination)).not.toContain('secret');
  });
});
