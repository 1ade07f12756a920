/** Weights where ComfyUI looks for them: links to the box's cache in a folder of ours inside each model folder. */
import { existsSync } from 'node:fs';
import { link, lstat, mkdir, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { WeightRole } from '@atelier/contracts';
import { EngineFault, type EngineWeights } from '../engine.js';
import { listedName, SHELF } from './graphs/graph.js';

const FOLDERS: Partial<Record<WeightRole, string>> = {
  checkpoint: 'checkpoints',
  diffusion_model: 'diffusion_models',
  text_encoder: 'text_encoders',
  clip_vision: 'clip_vision',
  vae: 'vae',
  lora: 'loras',
  embedding: 'embeddings',
  controlnet: 'controlnet',
  ip_adapter: 'ipadapter',
  motion: 'animatediff_models',
  upscaler: 'upscale_models',
};

export class Shelf {
  private readonly placed = new Set<string>();

  /** @param folder ComfyUI's own, in which `models` lies */
  constructor(private readonly folder: string | null) {}

  /** @returns whether something is there that ComfyUI may not have listed yet */
  async place(weights: readonly EngineWeights[]): Promise<boolean> {
    let isNew = false;
    for (const file of weights) if (await this.one(file)) isNew = true;
    if (isNew) await this.sweep();
    return isNew;
  }

  /** What the box's cache has let go is not kept on the disk by our link: it would outgrow the cache's cap unseen. */
  private async sweep(): Promise<void> {
    for (const folder of new Set(Object.values(FOLDERS))) {
      const ours = join(this.folder!, 'models', folder, SHELF);
      for (const name of await readdir(ours).catch(() => [])) {
        const path = join(ours, name);
        const stat = await lstat(path).catch(() => null);
        if (stat && (stat.isSymbolicLink() ? !existsSync(path) : stat.isFile() && stat.nlink === 1)) await rm(path, { force: true });
      }
    }
  }

  private async one(file: EngineWeights): Promise<boolean> {
    const folder = FOLDERS[file.role];
    if (!folder) throw new EngineFault('weights_missing', `ComfyUI has no folder for weights of role ${file.role}.`);
    if (!this.folder)
      throw new EngineFault('weights_missing', 'This box does not know where ComfyUI keeps its models: set ATELIER_COMFYUI_DIR to the folder it runs in.');
    const path = join(this.folder, 'models', folder, listedName(file));
    if (this.placed.has(path) && existsSync(path)) return false;
    await mkdir(join(path, '..'), { recursive: true });
    if (!(await isThere(path, file.path))) {
      await rm(path, { force: true });
      // A hard link survives the cache's eviction while ComfyUI has the file open; across file systems only a symbolic one is possible.
      await link(file.path, path).catch(() => symlink(file.path, path));
    }
    this.placed.add(path);
    return true;
  }
}

async function isThere(path: string, target: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  return (await readlink(path).catch(() => null)) === target;
}
