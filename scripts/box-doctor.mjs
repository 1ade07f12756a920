#!/usr/bin/env node
// `npm run box:doctor [-- --json | --verify | --help]`: builds the agent if needed and lets it look at this machine. Nothing but Node itself is used here.
import { spawn } from 'node:child_process';
import { assertNode, build, install, ROOT } from './prepare.mjs';

assertNode();
await install();
await build('agent');
const child = spawn(process.execPath, ['gpu-fleet/dist/main.js', 'doctor', ...process.argv.slice(2)], { stdio: 'inherit', cwd: ROOT });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
