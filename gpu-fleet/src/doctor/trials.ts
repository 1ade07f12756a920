/** One tiny task an engine, timed. What comes back is looked at: an engine that answers nonsense has failed. */
import { randomInt, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskKind } from '@atelier/contracts';
import sharp from 'sharp';
import { BuiltinEngine } from '../engines/builtin/builtin-engine.js';
import type { ComfyClient } from '../engines/comfyui/client.js';
import { faultOfHistory } from '../engines/comfyui/faults.js';
import { follow } from '../engines/comfyui/follow.js';
import type { Prompt } from '../engines/comfyui/graphs/graph.js';
import type { StoredFile } from '../engines/comfyui/client.js';
import type { Engine, EngineInput, EngineWeights } from '../engines/engine.js';
import { tinyGraph } from '../engines/onnx/tiny-graphs.js';
import type { TrialFacts } from './facts.js';

const SIDE = 64;
const PATIENCE_MS = 60_000;
const GRACE_MS = 5_000;

/** A picture from words by the engine that every box has. */
export function tryBuiltin(): Promise<TrialFacts> {
  return timed('builtin', `txt2img, ${SIDE} × ${SIDE}`, async () => {
    const engine = new BuiltinEngine(0);
    const words = { prompt: 'a test', negativePrompt: '', cfgScale: 7, sampler: 'euler', scheduler: 'normal', seed: 1, model: '' };
    try {
      await pictureOf(engine, 'txt2img', { ...words, width: SIDE, height: SIDE, steps: 4 }, [], [], SIDE);
    } finally {
      await engine.close();
    }
  });
}

/** A graph of one node under the name of a recipe, so that file, session, thread and picture all take part. */
export function tryOnnx(engine: Engine): Promise<TrialFacts> {
  return timed('onnx', `a graph that enlarges, ${SIDE} → ${SIDE * 2}`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'atelier-doctor-'));
    try {
      const graph = tinyGraph('realesrgan-x2');
      const path = join(folder, 'graph.onnx');
      await writeFile(path, graph);
      const weights = { digest: 'doctor', role: 'graph', name: 'realesrgan-x2-doctor.onnx', format: 'onnx', path, bytes: graph.byteLength, vramMb: 1 } as const;
      const image = { name: 'image', data: await plain(), contentType: 'image/png' };
      await pictureOf(engine, 'upscale', { factor: 2, style: 'photo' }, [image], [weights], SIDE * 2);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

/** An empty picture by core nodes: queue, socket, history and files all take part, no model does. */
export function tryComfyui(client: ComfyClient, patienceMs = PATIENCE_MS): Promise<TrialFacts> {
  return timed('comfyui', `an empty picture, ${SIDE} × ${SIDE}`, async () => {
    await client.connect();
    // Another colour each time, so that nothing comes out of its cache.
    const empty = { width: SIDE, height: SIDE, batch_size: 1, color: randomInt(0xffffff) };
    const prompt: Prompt = { '1': { class_type: 'EmptyImage', inputs: empty }, '2': { class_type: 'PreviewImage', inputs: { images: ['1', 0] } } };
    const promptId = randomUUID();
    const begin = async (): Promise<void> => {
      const refusal = await client.submit(prompt, promptId);
      if (refusal) throw new Error(refusal.error?.message ?? JSON.stringify(refusal.nodeErrors));
    };
    const nothing = (): void => undefined;
    const entry = await follow(client, {
      ...{ promptId, begin, quietMs: 2_000, hangMs: patienceMs / 2, signal: AbortSignal.timeout(patienceMs), crashed: new Promise<never>(nothing) },
      ...{ onProgress: nothing, onExecuting: nothing, onPreview: nothing },
    }).catch(async (error: Error) => {
      // It would stand before the first task of a user.
      await client.stop(promptId, GRACE_MS);
      throw error;
    });
    const fault = faultOfHistory(entry);
    if (fault) throw fault;
    const [file] = Object.values(entry.outputs['2'] ?? {}).flatMap((files) => (Array.isArray(files) ? (files as StoredFile[]) : []));
    const data = file ? await client.view(file) : null;
    if (!data) throw new Error('it says that it is done, and hands out no picture');
    await checkSide(data, SIDE);
    await client.forget(promptId);
  });
}

async function timed(engine: TrialFacts['engine'], what: string, work: () => Promise<void>): Promise<TrialFacts> {
  const startedAt = performance.now();
  const reason = await work().then(
    () => null,
    (error: Error) => error.message.split('\n')[0]!.slice(0, 300) || error.name,
  );
  return { engine, what, ms: Math.round(performance.now() - startedAt), reason };
}

async function pictureOf(engine: Engine, kind: TaskKind, parameters: object, inputs: EngineInput[], weights: EngineWeights[], side: number): Promise<void> {
  const nothing = (): void => undefined;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const { outputs } = await engine.run({ kind, parameters: { ...parameters }, inputs, weights, onLoaded: nothing, onProgress: nothing, signal });
  const [output] = outputs;
  if (!output) throw new Error('it made no picture');
  await checkSide(output.data instanceof Uint8Array ? output.data : output.data.file, side);
}

async function checkSide(picture: Uint8Array | string, side: number): Promise<void> {
  const { width, height } = await sharp(picture).metadata();
  if (width !== side || height !== side) throw new Error(`its picture is ${width} × ${height} instead of ${side} × ${side}`);
}

const plain = (): Promise<Buffer> =>
  sharp({ create: { width: SIDE, height: SIDE, channels: 3, background: '#3060c0' } })
    .png()
    .toBuffer();
