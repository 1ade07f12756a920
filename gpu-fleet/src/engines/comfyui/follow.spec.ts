import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tryComfyui } from '../../doctor/trials.js';
import { ComfyClient, type HistoryEntry } from './client.js';
import { ComfyStandIn, type Behaviour } from './comfy-stand-in.js';
import { follow, type Following } from './follow.js';
import { binaryFrame } from './frames.js';

let comfy: ComfyStandIn;
let client: ComfyClient;
beforeAll(async () => {
  comfy = await ComfyStandIn.start();
  client = new ComfyClient(comfy.url, 100);
  await client.connect();
});
beforeEach(() => comfy.reset());
afterAll(async () => {
  client?.close();
  await comfy?.close();
});

const nothing = (): void => undefined;
/** A picture of steps that are slower than the first look at the server comes. */
const followed = (behaviour: Behaviour, change: Partial<Following> = {}): Promise<HistoryEntry> => {
  comfy.behaviour = { stepMs: 200, ...behaviour };
  const promptId = randomUUID();
  const prompt = {
    '1': { class_type: 'EmptyImage', inputs: { width: 16, height: 16, batch_size: 1, color: 1, steps: 4 } },
    '2': { class_type: 'SaveImage', inputs: { images: ['1', 0] as [string, number], filename_prefix: `atelier/${promptId}` } },
  };
  return follow(client, {
    ...{ promptId, begin: async () => void (await client.submit(prompt, promptId)), onProgress: nothing, onExecuting: nothing, onPreview: nothing },
    ...{ signal: new AbortController().signal, crashed: new Promise<never>(nothing), quietMs: 50, hangMs: 1_500, ...change },
  });
};
const asked = (): number => comfy.calls.filter((call) => /^GET \/(queue|history)/.test(call)).length;
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a server that is asked', () => {
  it.each(['silent', 'half', 'reset', 'error'] as const)('%s: is asked again, while the prompt runs and when it has ended', async (miss) => {
    const entry = await followed({ misses: [miss, miss] }, { onProgress: (_, value, max) => void (value === max && comfy.behaviour.misses!.push(miss, miss)) });
    expect(entry.status.status_str).toBe('success');
    expect(comfy.behaviour.misses).toEqual([]);
  });

  it('a server that answers none of it for so long has hung', async () => {
    const misses = Array.from({ length: 50 }, (_, i) => (['silent', 'reset', 'error', 'half'] as const)[i % 4]!);
    await expect(followed({ misses, hangs: true }, { hangMs: 700 })).rejects.toMatchObject({ code: 'engine_hung' });
    expect(asked()).toBeGreaterThanOrEqual(2);
  });

  it('a stop, and the end of the process, are heard while a request hangs', async () => {
    const slow = new ComfyClient(comfy.url);
    await slow.connect();
    const patient = client;
    client = slow;
    try {
      for (const [how, code] of [
        ['signal', 'aborted'],
        ['crashed', 'engine_crashed'],
      ] as const) {
        const crash = new Promise<never>((_, reject) => setTimeout(() => reject(Object.assign(new Error(), { code: 'engine_crashed' })), 600));
        crash.catch(nothing);
        const startedAt = performance.now();
        const cut = followed({ misses: ['silent', 'silent'], hangs: true }, how === 'signal' ? { signal: AbortSignal.timeout(600) } : { crashed: crash });
        await expect(cut).rejects.toMatchObject({ code });
        expect(performance.now() - startedAt).toBeLessThan(2_000);
        comfy.reset();
      }
    } finally {
      client = patient;
      slow.close();
    }
  });
});

describe('a hang', () => {
  it('time in the queue is none, and a missed answer after it neither', async () => {
    const end = comfy.occupy();
    const entry = followed({}, { hangMs: 700 });
    await wait(1_000);
    comfy.behaviour.misses = ['error'];
    await wait(400);
    end();
    expect((await entry).status.status_str).toBe('success');
  });

  it('is a prompt that runs and says nothing, though the server answers', async () => {
    await expect(followed({ hangs: true }, { hangMs: 500 })).rejects.toMatchObject({ code: 'engine_hung' });
  });

  it('slow steps are none', async () => {
    expect((await followed({ stepMs: 350 }, { hangMs: 1_000 })).status.status_str).toBe('success');
  });
});

it('frames that no task shows are no garbage, and others are', async () => {
  await followed({ chatty: true, stepMs: 10 });
  expect(client.garbage).toBe(0);
  await followed({ garbage: true, stepMs: 10 });
  expect(client.garbage).toBeGreaterThan(0);
  expect(binaryFrame(Buffer.from([0, 0, 0, 9, 0, 0, 0, 0]))).toBeNull();
});

it('the doctor takes its picture back when it does not come', async () => {
  const end = comfy.occupy();
  const trial = await tryComfyui(client, 700);
  expect(trial.reason).toBeTruthy();
  expect(comfy.calls).toContain('POST /queue');
  expect((await (await fetch(`${comfy.url}/queue`)).json()).queue_pending).toEqual([]);
  end();
});
