// Installs and builds when needed; shared by `npm start`, `npm test` and the benches. Only Node's own modules.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..');

export function assertNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Atelier needs Node 20.19 or newer, this is ${process.versions.node}: install a newer Node and start again.`);
  process.exit(78);
}

/** Runs a command; its output is shown only when it fails. */
function run(title, command, args) {
  return new Promise((resolve) => {
    const startedAt = Date.now();
    const tick = setInterval(() => process.stderr.write(`  ${title} … ${Math.round((Date.now() - startedAt) / 1000)} s\n`), 5000);
    process.stderr.write(`  ${title} …\n`);
    let output = '';
    const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    child.on('close', (code) => {
      clearInterval(tick);
      if (code === 0) return resolve();
      process.stderr.write(output);
      process.stderr.write(`\n${title} failed (code ${code}). The reason stands above.\n`);
      process.exit(1);
    });
  });
}

const stampOf = (name) => join(ROOT, 'node_modules', `.atelier-${name}`);
const readStamp = (name) => (existsSync(stampOf(name)) ? readFileSync(stampOf(name), 'utf8') : '');
const writeStamp = (name, value) => {
  mkdirSync(join(ROOT, 'node_modules'), { recursive: true });
  writeFileSync(stampOf(name), value);
};

export async function install() {
  const lock = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');
  if (readStamp('installed') === lock) return;
  await run('installing packages (once, about a minute)', 'npm', ['ci', '--no-audit', '--no-fund']);
  writeStamp('installed', lock);
}

/** Names, sizes and times of all sources of a part: changes when anything in it does. */
function fingerprint(folders) {
  const hash = createHash('sha256');
  const visit = (path) => {
    for (const entry of readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (['node_modules', 'dist'].includes(entry.name) || entry.name.startsWith('.')) continue;
      const full = join(path, entry.name);
      if (entry.isDirectory()) visit(full);
      else hash.update(`${full} ${statSync(full).size} ${statSync(full).mtimeMs}\n`);
    }
  };
  for (const folder of folders) visit(join(ROOT, folder));
  return hash.digest('hex');
}

const PARTS = [
  {
    name: 'server',
    title: 'building the server',
    sources: ['contracts', 'gpu-fleet/src', 'src'],
    output: 'dist/main.js',
    command: ['node_modules/.bin/tsc', '-b'],
  },
  {
    name: 'studio-ui',
    title: 'building the studio',
    sources: ['contracts/src', 'ui-kit', 'studio-ui'],
    output: 'studio-ui/dist/index.html',
    command: ['npm', 'run', 'build', '-w', 'studio-ui'],
  },
  {
    name: 'admin-ui',
    title: 'building the administration',
    sources: ['contracts/src', 'ui-kit', 'admin-ui'],
    output: 'admin-ui/dist/index.html',
    command: ['npm', 'run', 'build', '-w', 'admin-ui'],
  },
];

/** A piece of the server, for machines that are only a box. */
const AGENT = {
  name: 'agent',
  title: 'building the agent',
  sources: ['contracts', 'gpu-fleet/src'],
  output: 'gpu-fleet/dist/main.js',
  command: ['node_modules/.bin/tsc', '-b', 'gpu-fleet'],
};

/** Builds the parts whose sources changed; all of them, or those named. */
export async function build(...names) {
  const wanted = names.length === 0 ? PARTS : [...PARTS, AGENT].filter(({ name }) => names.includes(name));
  for (const part of wanted) {
    const print = fingerprint(part.sources);
    if (existsSync(join(ROOT, part.output)) && readStamp(part.name) === print) continue;
    await run(part.title, part.command[0], part.command.slice(1));
    writeStamp(part.name, print);
  }
}
