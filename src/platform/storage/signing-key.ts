import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The secret that signs addresses of the file door, 32 bytes in `<home>/secrets/files`, mode 0600. Made by whichever process comes first;
 * the link is atomic, so two that start together agree on one.
 */
export function signingKey(home: string): Buffer {
  const folder = join(home, 'secrets');
  const file = join(folder, 'files');
  const read = (): Buffer => Buffer.from(readFileSync(file, 'utf8'), 'base64url');
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, randomBytes(32).toString('base64url'), { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return read();
}
