#!/usr/bin/env node
// The front door: `npm start`. Installs and builds what is missing, then runs the program and starts it again if it crashes.
// Uses nothing but Node itself, because on a fresh clone there is nothing else yet.
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertNode, build, install } from './scripts/prepare.mjs';

const HELP = `Usage: npm start [-- --help | --json]

Starts Atelier: installs and builds if needed, then the database, the server, both web apps and one local box.
  --json     print one JSON line when ready instead of text
Settings are environment variables; README.md lists them. The usual ones:
  PORT=3000  ATELIER_HOME=.atelier  DATABASE_URL  REDIS_URL  STORAGE_URL  SMTP_URL`;

const args = process.argv.slice(2);
if (args.includes('--help')) {
  console.log(HELP);
  process.exit(0);
}

assertNode();
await install();
await build();

/** Exit codes that starting again would not change: a wrong setting (78), already running (75). */
const FINAL = new Set([0, 75, 78]);
let stopping = false;
let child;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    stopping = true;
    child?.kill(signal);
  });
}

for (let crashes = 0; ;) {
  const startedAt = Date.now();
  child = spawn(process.execPath, ['--enable-source-maps', 'dist/main.js', ...args], {
    stdio: 'inherit',
    cwd: import.meta.dirname,
    env: { ...process.env, ATELIER_SUPERVISED: '1' },
  });
  const code = await new Promise((resolve) => child.on('exit', (exitCode, signal) => resolve(signal ? 128 : exitCode)));
  if (stopping || FINAL.has(code)) process.exit(code === 128 ? 0 : code);
  crashes = Date.now() - startedAt > 60_000 ? 1 : crashes + 1;
  const pause = Math.min(10_000, 250 * 2 ** (crashes - 1));
  console.error(`Atelier stopped unexpectedly (code ${code}); starting it again in ${pause / 1000} s.`);
  await sleep(pause);
  if (stopping) process.exit(0);
}
