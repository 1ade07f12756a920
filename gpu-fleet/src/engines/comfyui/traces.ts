/** Pictures of users that ComfyUI keeps in its own folders, which has no call to remove them: they go when their task has ended. */
import { readdir, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { SHELF } from './graphs/graph.js';

export class Traces {
  private uploads: string[] = [];
  private prompts: string[] = [];

  /** @param folder ComfyUI's own; null: it cannot be reached, and whoever runs it clears it */
  constructor(private readonly folder: string | null) {}

  /** @param name as the server says it: none leads out of its folder */
  uploaded(name: string): void {
    if (!relative('input', join('input', name)).split(sep).includes('..')) this.uploads.push(name);
  }

  /** Its results bear its id. One that was stopped may have made some all the same. */
  made(promptId: string): void {
    this.prompts.push(promptId);
  }

  async remove(): Promise<void> {
    const { folder, uploads, prompts } = this;
    [this.uploads, this.prompts] = [[], []];
    if (!folder) return;
    const results = join(folder, 'output', SHELF);
    const made = (await readdir(results).catch(() => [])).filter((name) => prompts.some((id) => name.startsWith(`${id}_`)));
    const files = [...uploads.map((name) => join(folder, 'input', name)), ...made.map((name) => join(results, name))];
    await Promise.all(files.map((path) => rm(path, { force: true }).catch(() => undefined)));
  }
}
