/** Pictures of users that ComfyUI keeps in its own folders, which has no call to remove them: they go when their task has ended. */
import { rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

const FOLDERS = ['input', 'output', 'temp'];

export class Traces {
  private files: string[] = [];

  /** @param folder ComfyUI's own; null: it cannot be reached, and whoever runs it clears it */
  constructor(private readonly folder: string | null) {}

  /** @param type as ComfyUI calls its folders; @param name beneath it */
  left(type: string, name: string): void {
    if (!this.folder || !FOLDERS.includes(type)) return;
    const root = join(this.folder, type);
    const path = join(root, name);
    // Names come from the server: none leads out of its folder.
    if (!relative(root, path).split(sep).includes('..')) this.files.push(path);
  }

  async remove(): Promise<void> {
    const files = this.files;
    this.files = [];
    await Promise.all(files.map((path) => rm(path, { force: true }).catch(() => undefined)));
  }
}
