/** Asks a ComfyUI what it is; one that is ours to start is started, and ended with `close`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../config/settings.js';
import { ComfyClient, type SystemStats } from '../engines/comfyui/client.js';
import { Supervisor } from '../engines/comfyui/supervisor.js';
import { familiesOf, missingPacks, modelsOf } from './comfyui-families.js';
import type { ComfyuiFacts } from './facts.js';

const ANSWER_MS = 5_000;
const START_MS = 180_000;
const MEBI = 2 ** 20;

export interface ComfyuiVisit {
  facts: ComfyuiFacts;
  /** Null: out of reach. */
  client: ComfyClient | null;
  close: () => Promise<void>;
}

export async function lookAtComfyui({ url, command, dir }: NonNullable<Settings['comfyui']>): Promise<ComfyuiVisit> {
  const client = new ComfyClient(url.replace(/\/$/, ''));
  const supervisor = new Supervisor(client, { command, dir, startMs: START_MS, growthMaxMb: Infinity });
  const close = async (): Promise<void> => {
    client.close();
    await supervisor.stop();
  };
  const facts = unreachable(url, command !== null, dir);
  try {
    facts.wasStarted = await reached(client, supervisor, command !== null);
    Object.assign(facts, await told(client), { isReachable: true });
    return { facts, client, close };
  } catch (error) {
    return { facts: { ...facts, isReachable: false, reason: (error as Error).message }, client: null, close };
  }
}

const unreachable = (url: string, hasCommand: boolean, dir: string | null): ComfyuiFacts => ({
  ...{ url, hasCommand, dir, hasModelsFolder: dir === null ? null : existsSync(join(dir, 'models')) },
  ...{ isReachable: false, wasStarted: false, reason: null, version: null, devices: [], missing: [], families: [], models: {} },
});

/** @returns whether it had to be started */
async function reached(client: ComfyClient, supervisor: Supervisor, hasCommand: boolean): Promise<boolean> {
  try {
    await answer(client);
    return false;
  } catch (error) {
    if (!hasCommand) throw error;
    await supervisor.ensureUp();
    return true;
  }
}

async function told(client: ComfyClient): Promise<Partial<ComfyuiFacts>> {
  const { system, devices } = await answer(client);
  const info = await client.objectInfo();
  return {
    version: system.comfyui_version ?? null,
    devices: devices.map(({ name, vram_total, vram_free }) => ({ name, vramMb: Math.round(vram_total / MEBI), vramFreeMb: Math.round(vram_free / MEBI) })),
    missing: missingPacks(info),
    families: familiesOf(info),
    models: modelsOf(info),
  };
}

/** A doctor does not wait as long as a task may. */
async function answer(client: ComfyClient): Promise<SystemStats> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ANSWER_MS / 1000} s`)), ANSWER_MS);
  });
  return Promise.race([client.systemStats(), late]).finally(() => clearTimeout(timer));
}
