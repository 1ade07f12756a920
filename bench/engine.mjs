#!/usr/bin/env node
// What agent and engine add to a bare ComfyUI prompt without work; previews under load; memory while large pictures pass. No GPU, no database.
import { createHash, generateKeyPairSync, randomInt, randomUUID, sign } from 'node:crypto';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { WebSocket } from 'ws';
import { assertNode, build, install, ROOT } from '../scripts/prepare.mjs';
import { helpAsked, note, percentile, report, round, sleep } from './installation.mjs';

helpAsked(`Usage: npm run bench:engine

The same trivial prompt, ${'`BENCH_RUNS`'} (250) times in turn: by a bare client (submit, socket, history, file), through the comfyui engine, and through a whole
agent process that leases it from a server of the fleet protocol and uploads the result. value = median through the agent - median bare; ratio =
value / limit. ComfyUI itself is a process that speaks its protocol and does no work. Then: previews that reach the server per second from a
builtin task while a second slot is busy, and how far the agent's resident memory rises while 4096 × 4096 pictures go through it one by one;
flat: the highest peak of the later half is at most 10 % above that of the first half, so that nothing of a picture stays behind.`);

const RUNS = Number(process.env.BENCH_RUNS ?? 250);
const WARM_UP = 15;
const LIMIT_MS = 15;
const PREVIEW_SECONDS = 5;
/** The allocator's own reserves grow over the first ten or so. */
const PICTURES = 16;
const FLAT = 1.1;

assertNode();
await install();
await build('agent');
const agentModule = (path) => import(`../gpu-fleet/dist/${path}`);
const { StandIn } = await agentModule('agent/fleet-stand-in.js');
const { ComfyuiEngine } = await agentModule('engines/comfyui/comfyui-engine.js');
const { pictureGraph } = await agentModule('engines/comfyui/graphs/picture.js');

const scratch = mkdtempSync(join(tmpdir(), 'atelier-bench-engine-'));
const sha256 = (data) => createHash('sha256').update(data).digest('hex');
const sorted = (numbers) => numbers.toSorted((a, b) => a - b);
const children = [];

/** A child that is ended with this process. */
function start(args, env = {}) {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'], env: { PATH: process.env.PATH, ...env } });
  children.push(child);
  return child;
}

function ended(child, signal) {
  const gone = child.exitCode === null && child.signalCode === null ? new Promise((resolve) => child.once('exit', resolve)) : null;
  if (signal) child.kill(signal);
  else child.stdin.end();
  return Promise.race([gone, sleep(10_000).then(() => child.kill('SIGKILL'))]);
}

async function startComfyui() {
  const child = start(['bench/comfyui-server.mjs']);
  const [line] = await new Promise((resolve) => child.stdout.once('data', (data) => resolve(String(data).split('\n'))));
  return { ...JSON.parse(line), stop: () => ended(child) };
}

/** A server of the fleet protocol in this process, and an agent in its own. */
async function startBox(env = {}) {
  const server = await new StandIn().open();
  const keys = generateKeyPairSync('ed25519');
  server.passportKeys = [{ kid: 'k1', kty: 'OKP', crv: 'Ed25519', x: keys.publicKey.export({ format: 'jwk' }).x }];
  const listeners = new Set();
  server.onCall = (call, body) => listeners.forEach((listener) => listener(call, body));
  /** The next call that `wanted` accepts. */
  const next = (wanted) =>
    new Promise((resolve) => {
      const listener = (call, body) => {
        if (!wanted(call, body)) return;
        listeners.delete(listener);
        resolve(body);
      };
      listeners.add(listener);
    });
  const waiting = next((call) => call === 'lease');
  const child = start(['gpu-fleet/dist/main.js', 'run', 'bench'], {
    ATELIER_URL: server.url,
    ATELIER_BOOTSTRAP_SECRET: 'bench',
    ATELIER_NONCE: 'bench',
    ATELIER_ONNX: 'off',
    ATELIER_LOG_LEVEL: 'error',
    ATELIER_WEIGHTS_DIR: join(scratch, 'weights'),
    ...env,
  });
  await waiting;
  const stop = async () => {
    await ended(child, 'SIGTERM');
    server.close();
    if (server.faults.length > 0) throw new Error(`the agent broke the protocol: ${server.faults.join('; ')}`);
  };
  return { server, next, listeners, pid: child.pid, privateKey: keys.privateKey, stop };
}

/** From the moment the server has the task for an idle box to its completion. */
async function throughAgent(box, task) {
  const { server, next } = box;
  const startedAt = performance.now();
  const given = server.give(task);
  const done = await next((call, body) => call === 'complete' && body.taskId === given.taskId);
  const ms = performance.now() - startedAt;
  if (done.outcome !== 'done') throw new Error(`a task ended ${done.outcome}: ${JSON.stringify(done.error)}`);
  await next((call) => call === 'lease');
  return { ms, done };
}

function weightsFor({ server, privateKey }) {
  const data = Buffer.from('weights without weight');
  const ref = { digest: sha256(data), bytes: data.length, format: 'safetensors' };
  server.files.set('/models/one', data);
  const claims = { v: 1, rules: 1, checks: ['safetensors_header'], checkedAt: '2026-01-01T00:00:00Z', ...ref };
  const text = [{ alg: 'EdDSA', kid: 'k1' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const passport = `${text}.${sign(null, Buffer.from(text), privateKey).toString('base64url')}`;
  const path = join(scratch, 'one.safetensors');
  writeFileSync(path, data);
  return { path, ref: { ...ref, url: `${server.url}/models/one`, vramMb: 1, role: 'checkpoint', name: 'bench.safetensors', passport } };
}

const parametersOf = (seed) => ({
  ...{ prompt: 'nothing', negativePrompt: '', width: 64, height: 64, steps: 1, cfgScale: 7, seed },
  ...{ sampler: 'euler', scheduler: 'normal', model: 'bench', family: 'sd15' },
});

async function openBare(url) {
  const clientId = randomUUID();
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws?clientId=${clientId}`);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const waiting = new Map();
  socket.on('message', (data, isBinary) => {
    if (isBinary) return;
    const event = JSON.parse(data);
    if (event.type === 'executing' && event.data.node === null) waiting.get(event.data.prompt_id)?.();
  });
  /** @returns milliseconds from submission to the file's last byte */
  const run = async (prompt) => {
    const promptId = randomUUID();
    const startedAt = performance.now();
    const finished = new Promise((resolve) => waiting.set(promptId, resolve));
    const body = JSON.stringify({ prompt, client_id: clientId, prompt_id: promptId });
    const answer = await fetch(`${url}/prompt`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    if (!answer.ok) throw new Error(`ComfyUI refused: ${await answer.text()}`);
    await answer.json();
    await finished;
    waiting.delete(promptId);
    const history = await (await fetch(`${url}/history/${promptId}`)).json();
    const [file] = Object.values(history[promptId].outputs)[0].images;
    await (await fetch(`${url}/view?${new URLSearchParams(file)}`)).arrayBuffer();
    return performance.now() - startedAt;
  };
  return { run, close: () => socket.close() };
}

async function throughEngine(engine, weights, seed) {
  const startedAt = performance.now();
  const nothing = () => undefined;
  const task = { kind: 'txt2img', parameters: parametersOf(seed), inputs: [], weights, onLoaded: nothing, onProgress: nothing };
  await engine.run({ ...task, signal: new AbortController().signal });
  return performance.now() - startedAt;
}

async function measureOverhead() {
  const comfyui = await startComfyui();
  const box = await startBox({ ATELIER_COMFYUI_URL: comfyui.url, ATELIER_COMFYUI_DIR: comfyui.folder, ATELIER_SLOTS: '1' });
  const { path, ref } = weightsFor(box);
  const weights = [{ ...ref, path }];
  const engine = await ComfyuiEngine.open({ url: comfyui.url, dir: comfyui.folder });
  const bare = await openBare(comfyui.url);
  const ways = {
    engine: (seed) => throughEngine(engine, weights, seed),
    agent: async (seed) => (await throughAgent(box, { engine: 'comfyui', parameters: parametersOf(seed), weights: [ref] })).ms,
    bare: (seed) => bare.run(pictureGraph({ kind: 'txt2img', parameters: parametersOf(seed) }, { weights, files: {}, lowMemory: false }).prompt),
  };
  const names = Object.keys(ways);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let run = 0; run < WARM_UP + RUNS; run++) {
    // Each goes first as often as the others.
    for (const [place] of names.entries()) {
      const name = names[(run + place) % names.length];
      // The first time the engine has yet to put the weights where the bare prompt finds them.
      const ms = await ways[run === 0 ? names[place] : name](randomInt(2 ** 31));
      if (run >= WARM_UP) times[name].push(ms);
    }
  }
  bare.close();
  await engine.close();
  await box.stop();
  await comfyui.stop();
  return Object.fromEntries(names.map((name) => [name, sorted(times[name])]));
}

const painted = (side, steps) => ({
  ...{ prompt: 'a lighthouse', negativePrompt: '', width: side, height: side, steps, cfgScale: 7, seed: 1 },
  ...{ sampler: 'euler', scheduler: 'normal', model: '' },
});

/** Previews of one task as they reach the server, while the other slot paints too. */
async function measurePreviews() {
  const box = await startBox();
  const { server, listeners, next } = box;
  server.give({ parameters: painted(4096, 150) });
  const { taskId } = server.give({ parameters: painted(3072, 150) });
  const previewOf = (call, body) => (call === 'heartbeat' ? body.tasks.find((task) => task.taskId === taskId)?.preview : undefined);
  await next((call, body) => previewOf(call, body) !== undefined);
  let count = 0;
  let isOver = false;
  listeners.add((call, body) => {
    if (previewOf(call, body)) count++;
    if (call === 'complete') isOver = true;
  });
  await sleep(PREVIEW_SECONDS * 1000);
  if (isOver) throw new Error('a task ended while its previews were counted: give it more pixels');
  for (const beat of server.heard.findLast(({ call }) => call === 'heartbeat').body.tasks) server.verdicts.set(beat.taskId, 'stop');
  await next((call) => call === 'complete');
  await box.stop();
  return count / PREVIEW_SECONDS;
}

/** Resident memory of a process in MB. */
function residentMb(pid) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

async function peakWhile(pid, work) {
  let peak = residentMb(pid);
  const look = setInterval(() => (peak = Math.max(peak, residentMb(pid))), 10);
  try {
    await work();
  } finally {
    clearInterval(look);
  }
  return peak;
}

/** A picture with grain, as a camera makes them, and what is to be removed from it. */
async function largePicture() {
  const side = 4096;
  const data = Buffer.alloc(side * side * 3);
  for (let i = 0, grain = 1; i < data.length; i++) {
    grain = (grain * 1_103_515_245 + 12_345) & 0x7fffffff;
    data[i] = ((i % (side * 3)) / (side * 3)) * 200 + (grain >> 28);
  }
  const image = await sharp(data, { raw: { width: side, height: side, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
  const hole = { input: { create: { width: 160, height: 160, channels: 3, background: 'white' } }, left: 2000, top: 2000 };
  const mask = await sharp({ create: { width: side, height: side, channels: 3, background: 'black' } })
    .composite([hole])
    .png()
    .toBuffer();
  return { image, mask };
}

async function measureMemory() {
  const files = await largePicture();
  const box = await startBox({ ATELIER_SLOTS: '1' });
  const inputs = Object.entries(files).map(([name, data]) => {
    box.server.files.set(`/inputs/${name}`, data);
    return { name, url: `${box.server.url}/inputs/${name}`, bytes: data.length, sha256: sha256(data), contentType: 'image/png' };
  });
  await sleep(500);
  const idle = residentMb(box.pid);
  const peaks = [];
  for (let picture = 0; picture < PICTURES; picture++) {
    const peak = await peakWhile(box.pid, async () => {
      const { done } = await throughAgent(box, { kind: 'clean-up', inputs });
      if (done.outputs[0].width !== 4096) throw new Error(`the picture came back ${done.outputs[0].width} wide`);
    });
    peaks.push(peak - idle);
    note(`  picture ${picture + 1}: +${round(peak - idle, 0)} MB above ${round(idle, 0)} MB`);
    box.server.heard.length = 0;
  }
  await box.stop();
  return peaks;
}

const isFlat = (peaks) => Math.max(...peaks.slice(peaks.length / 2)) <= Math.max(...peaks.slice(0, peaks.length / 2)) * FLAT;

try {
  note(`${RUNS} prompts each: bare, through the engine, through the agent`);
  const { bare, engine, agent } = await measureOverhead();
  const median = (times) => percentile(times, 50);
  note(`  bare ${round(median(bare))} ms, engine ${round(median(engine))} ms, agent ${round(median(agent))} ms`);
  note(`previews for ${PREVIEW_SECONDS} s, two slots busy`);
  const previewsPerSecond = await measurePreviews();
  note(`  ${previewsPerSecond}/s`);
  note(`${PICTURES} pictures of 4096 × 4096, one by one`);
  const peaks = process.platform === 'linux' ? await measureMemory() : [];
  const value = median(agent) - median(bare);
  report({
    name: 'engine',
    value: round(value),
    unit: 'ms',
    limit: LIMIT_MS,
    ratio: round(value / LIMIT_MS),
    p50: round(median(agent)),
    p99: round(percentile(agent, 99)),
    bareP50: round(median(bare)),
    bareP99: round(percentile(bare, 99)),
    engineMs: round(median(engine) - median(bare)),
    engineP50: round(median(engine)),
    engineP99: round(percentile(engine, 99)),
    runs: RUNS,
    previewsPerSecond: round(previewsPerSecond),
    picture4096RssMb: peaks.length > 0 ? round(Math.max(...peaks), 0) : null,
    picture4096PeaksMb: peaks.map((peak) => round(peak, 0)),
    flat: peaks.length > 0 ? isFlat(peaks) : null,
    flatBound: FLAT,
  });
} finally {
  for (const child of children) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
}
process.exit(0);
