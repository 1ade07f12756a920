import 'reflect-metadata';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { prepareFirstStart, type Welcome } from './first-start.js';
import { ConfigFault, coreConfig, environment, type ConfigOf } from './platform/config/index.js';
import { EmbeddedPostgres, prepareDatabase, type DatabaseUrls } from './platform/database/index.js';
import { createHttpApp } from './platform/http/index.js';
import { migrateQueueSchema } from './platform/queue/index.js';

/** Exit codes a supervisor understands: starting again would not help. */
const EXIT_RUNNING_ALREADY = 75;
const EXIT_WRONG_SETTING = 78;

const say = (message: string): void => void process.stderr.write(`${message}\n`);

/** One program per home: a file with its process id, free again when that process is gone. */
function occupy(home: string): () => void {
  mkdirSync(home, { recursive: true, mode: 0o755 });
  const file = join(home, 'atelier.pid');
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch {
      const pid = Number(readFileSync(file, 'utf8'));
      if (pid && pid !== process.pid && isAtelier(pid)) {
        say(
          `Atelier runs already on this data folder (${home}, process ${pid}). Stop that one first, or set ATELIER_HOME and PORT to start a second installation.`,
        );
        process.exit(EXIT_RUNNING_ALREADY);
      }
      rmSync(file, { force: true });
    }
  }
}

function isAtelier(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const commandLine = `/proc/${pid}/cmdline`;
    return !existsSync(commandLine) || readFileSync(commandLine, 'utf8').includes('main.js');
  } catch {
    return false;
  }
}

async function openDatabase(config: ConfigOf<typeof coreConfig>): Promise<{ urls: DatabaseUrls; postgres: EmbeddedPostgres | null }> {
  const { app, system, queue } = config.databaseUrls;
  if (app && system && queue) return { urls: { app, system, queue }, postgres: null };
  if (app || system || queue)
    throw new ConfigFault('DATABASE_APP_URL, DATABASE_SYSTEM_URL and DATABASE_QUEUE_URL belong together: set all three, or DATABASE_URL alone.');
  const postgres = config.databaseUrl ? null : new EmbeddedPostgres(config.home, say);
  const ownerUrl = config.databaseUrl ?? (await postgres!.start());
  const urls = await prepareDatabase({ ownerUrl, home: config.home, migrationsFolder: join(config.repository, 'migrations'), log: say });
  if (!config.redisUrl) await migrateQueueSchema(ownerUrl, urls.queue);
  return { urls, postgres };
}

function announce(config: ConfigOf<typeof coreConfig>, welcome: Welcome | null, json: boolean): void {
  if (json) {
    console.log(
      JSON.stringify({
        ready: true,
        url: config.publicUrl,
        admin: `${config.publicUrl}/admin/`,
        api: `${config.publicUrl}/api/v1`,
        demo: welcome?.demo ?? null,
        operator: welcome?.operator ?? null,
      }),
    );
    return;
  }
  const lines = [`Atelier is ready:  ${config.publicUrl}`, `administration:    ${config.publicUrl}/admin/`, `API and docs:      ${config.publicUrl}/api/docs`];
  if (welcome?.demo) lines.push(`demo login:        ${welcome.demo.email}  ${welcome.demo.password}`);
  if (welcome?.operator) lines.push(`operator login:    ${welcome.operator.email}  ${welcome.operator.password ?? '(password as you set it)'}`);
  console.log(`\n${lines.join('\n')}\n\nCtrl-C stops everything.`);
}

async function main(): Promise<void> {
  const config = coreConfig.read(environment());
  const json = process.argv.includes('--json');
  const vacate = occupy(config.home);
  let postgres: EmbeddedPostgres | null = null;
  let app: NestFastifyApplication | null = null;
  let stopping = false;

  const stop = async (code: number): Promise<never> => {
    if (stopping) process.exit(code || 1);
    stopping = true;
    if (code === 0) say('stopping …');
    // A connection that a browser opened ahead and never used would hold the close for minutes.
    const server = app?.getHttpServer();
    setTimeout(() => server?.closeAllConnections(), 3000).unref();
    await app?.close().catch((error: Error) => say(`closing failed: ${error.message}`));
    await postgres?.stop();
    vacate();
    process.exit(code);
  };
  process.on('SIGINT', () => void stop(0));
  process.on('SIGTERM', () => void stop(0));

  try {
    const database = await openDatabase(config);
    postgres = database.postgres;
    app = await createHttpApp(await AppModule.assemble(database.urls));
    await app.init();
    const welcome = await prepareFirstStart(app, config);
    await app.listen({ port: config.port, host: config.host }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EADDRINUSE' ? new ConfigFault(`PORT=${config.port} is taken by another program: set PORT to a free one.`) : error;
    });
    announce(config, welcome, json);
  } catch (error) {
    say(error instanceof ConfigFault ? error.message : String((error as Error).stack ?? error));
    await stop(error instanceof ConfigFault ? EXIT_WRONG_SETTING : 1);
  }
}

await main();
