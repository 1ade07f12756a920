#!/usr/bin/env node
// `npm test`: installs and builds what is missing, then runs every check and every suite. The last line is `N passed, N failed`.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { assertNode, build, install, ROOT } from './scripts/prepare.mjs';

if (process.argv.includes('--help')) {
  console.log(`Usage: npm test [-- FILTER…]

Runs linter, formatter, type check, the API file's drift check and all suites on an embedded PostgreSQL.
With REDIS_URL set, the queues run on that Redis. A FILTER runs only suites whose path contains it.`);
  process.exit(0);
}

assertNode();
await install();
await build();

const bin = (name) => join(ROOT, 'node_modules/.bin', name);
const run = (command, args) =>
  new Promise((resolve) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], env: process.env });
    child.on('close', (code) => resolve(code === 0));
  });

const filters = process.argv.slice(2);
const counts = { passed: 0, failed: 0 };
const check = async (title, command, args) => {
  const ok = await run(command, args);
  console.log(`${ok ? 'ok' : 'FAILED'}  ${title}`);
  counts[ok ? 'passed' : 'failed'] += 1;
};

if (filters.length === 0) {
  await check('linter', bin('oxlint'), ['--quiet']);
  await check('formatter', bin('prettier'), ['--check', '--log-level', 'warn', '.']);
  await check('types of the server and the agent', bin('tsc'), ['-b']);
  await check('types of the tests', bin('tsc'), ['-p', 'test', '--noEmit']);
  await check('types of the web apps', 'npm', ['run', '--silent', 'types', '-w', 'ui-kit', '-w', 'studio-ui', '-w', 'admin-ui']);
  await check('openapi.json agrees with the code', process.execPath, ['scripts/openapi.mjs', '--check']);
}

const report = join(ROOT, 'node_modules/.atelier-tests.json');
rmSync(report, { force: true });
const suitesOk = await run(bin('vitest'), ['run', ...filters]);
if (existsSync(report)) {
  const { numPassedTests, numFailedTests, numTotalTestSuites, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const brokenFiles = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
  counts.passed += numPassedTests;
  counts.failed += numFailedTests + brokenFiles;
  if (!suitesOk && numFailedTests + brokenFiles === 0) counts.failed += 1;
  if (numTotalTestSuites === 0) counts.failed += 1;
} else {
  counts.failed += 1;
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed === 0 ? 0 : 1);
