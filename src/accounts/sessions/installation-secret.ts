import { hkdfSync, randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigFault } from '../../platform/config/index.js';

const SECRET_MIN_LENGTH = 32;

/** The installation's secret: from the setting, or from a file of 32 random bytes (0600) that is made when it is not there. */
function readSecret(home: string, setting: string | undefined): Buffer {
  if (setting !== undefined) {
    if (setting.length < SECRET_MIN_LENGTH)
      throw new ConfigFault(
        `ATELIER_SECRET_KEY cannot be used: set it to at least ${SECRET_MIN_LENGTH} random characters, e.g. from \`openssl rand -base64 48\`.`,
      );
    return Buffer.from(setting, 'utf8');
  }
  const folder = join(home, 'secrets');
  const file = join(folder, 'installation');
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, randomBytes(32).toString('base64url'), { mode: 0o600 });
    try {
      // The link is atomic: of two processes that start at once, both read the one that came first, and never half of it.
      linkSync(draft, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft, { force: true });
    }
  }
  return Buffer.from(readFileSync(file, 'utf8').trim(), 'utf8');
}

/** 32 bytes for one purpose; knowing those of one purpose tells nothing about another's. */
export function deriveKey(home: string, setting: string | undefined, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', readSecret(home, setting), 'atelier', purpose, 32));
}
