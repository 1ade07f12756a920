import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';

const run = promisify(execFile);
const README = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');

describe('the walk that the README prints', () => {
  let app: TestApp;
  const folder = mkdtempSync(join(tmpdir(), 'atelier-walk-'));

  beforeAll(async () => {
    app = await startApp({ ATELIER_LOCAL_BOXES: '1' });
  });
  afterAll(async () => {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const walk = async (edit: (script: string) => string = (script) => script): Promise<{ stdout: string; picture: Buffer }> => {
    const printed = /## A walk through the API[\s\S]*?```sh\n([\s\S]*?)```/.exec(README)![1]!;
    const script = edit(printed.replace('http://localhost:3000', app.url));
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, timeout: 60_000 });
    return { stdout, picture: readFileSync(join(folder, 'lighthouse.png')) };
  };

  it('ends with a 512×512 PNG, one credit charged and GPU-seconds above zero', async () => {
    const { stdout, picture } = await walk();
    const { format, width, height } = await sharp(picture).metadata();
    expect({ format, width, height }).toEqual({ format: 'png', width: 512, height: 512 });
    const lines = stdout.trim().split('\n');
    expect(lines.at(-3)).toBe('1');
    expect(Number(lines.at(-2))).toBeGreaterThan(0);
  }, 90_000);

  it('makes the same bytes for the same prompt and seed, and other bytes for another prompt', async () => {
    const first = (await walk()).picture;
    const again = (await walk()).picture;
    const other = (await walk((script) => script.replaceAll('a lighthouse in the fog', 'a lighthouse at noon'))).picture;
    expect(again.equals(first)).toBe(true);
    expect(other.equals(first)).toBe(false);
  }, 180_000);
});
