
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { EmbeddedPostgres, prepareDatabase } from '../../../src/platform/database/index.js';
import { migrateQueueSchema } from '../../../src/platform/queue/index.js';

declare module 'vitest' {
  interface ProvidedContext {
    ownerUrl: string;
    templateUrls: { app: string; system: string; queue: string };
  }
}

const ROOT = '/work/main';

/** One PostgreSQL for the whole run, migrated once; every suite works on a clone of its database. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const home = mkdtempSync(join(tmpdir(), 'atelier-test-'));
  const postgres = new EmbeddedPostgres(home);
  const stop = async (): Promise<void> => {
    await postgres.stop();
    rmSync(home, { recursive: true, force: true });
    rmSync(postgres.dataFolder, { recursive: true, force: true });
  };
  try {
    const ownerUrl = await postgres.start();
    const urls = await prepareDatabase({ ownerUrl, home, migrationsFolder: join(ROOT, 'migrations') });
    await migrateQueueSchema(ownerUrl, urls.queue);
    project.provide('ownerUrl', ownerUrl);
    project.provide('templateUrls', urls);
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}
