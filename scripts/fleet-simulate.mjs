#!/usr/bin/env node
// `npm run fleet:simulate`: a past day (or an invented one) under a scaling policy, before that policy runs anywhere.
import { createWriteStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { assertNode, build, install, ROOT } from './prepare.mjs';

const HELP = `Usage: npm run fleet:simulate -- (--demand FILE | --synthetic LOAD) [--policy NAME] [options]

Replays demand through the product's own fair order, and the dispatch and scaling policies that are to serve. The last line is one JSON object.
  --demand FILE      CSV: arrival_seconds,model,gpu_seconds,tenant,tier (a plan's name or a weight)
  --synthetic LOAD   instead of a file: two invented days that keep LOAD boxes busy on average (and two weeks before them as history)
  --history FILE     past demand to learn the hours of the week from; ends, in whole days, where the demand begins
  --policy NAME      default | queue-depth | queue-ratio, or all: one line each, no JSON but the last policy's
  --boot S           seconds from launch to registration (180)     --boot-spread X   of its logarithm (0: always the same)
  --load S           seconds to load weights (22.7)                --load-spread X
  --estimate-spread X  how far estimates of a task's length are off (0.2)
  --price USD        of a box and hour (1)
  --min N --max N    boxes of the pool (0, 500)
  --seed N           the same seed gives the same result (1)
  --trace FILE       every box and task as JSON lines
  --decisions FILE   every launch and stop with its reason as JSON lines
  --write-demand FILE  writes the invented demand as CSV
  --json             the JSON object only
costOverC0: against a clairvoyant fleet that makes nobody wait; lb2Ratio: against a lower bound for fleets in which nobody waits longer than 30 s.
Exit code: 0, 64 a wrong argument or file.`;

const EXIT_WRONG_ARGUMENT = 64;
const DAYS = 2;
const HISTORY_DAYS = 14;
const DAY_MS = 86_400_000;
const leave = (message) => {
  console.error(message);
  process.exit(EXIT_WRONG_ARGUMENT);
};

const text = { type: 'string' };
let args;
try {
  args = parseArgs({
    options: {
      ...{ demand: text, synthetic: text, history: text, policy: text, boot: text, 'boot-spread': text, load: text, 'load-spread': text, price: text },
      ...{ 'estimate-spread': text, min: text, max: text, seed: text, trace: text, decisions: text, 'write-demand': text },
      ...{ json: { type: 'boolean' }, help: { type: 'boolean' } },
    },
  }).values;
} catch (error) {
  leave(`${error.message}\n\n${HELP}`);
}
if (args.help) {
  console.log(HELP);
  process.exit(0);
}

const faults = [];
function number(name, otherwise, { min = 0, whole = false } = {}) {
  if (args[name] === undefined) return otherwise;
  const value = Number(args[name]);
  if (args[name].trim() === '' || !Number.isFinite(value) || value < min || (whole && !Number.isInteger(value)))
    faults.push(`--${name} is “${args[name]}”, not a ${whole ? 'whole ' : ''}number ≥ ${min}.`);
  return value;
}
const settings = {
  ...{ boot: number('boot', 180), bootSpread: number('boot-spread', 0), load: number('load', 22.7), loadSpread: number('load-spread', 0) },
  ...{ estimateSpread: number('estimate-spread', 0.2), price: number('price', 1), seed: number('seed', 1, { whole: true }) },
  ...{ min: number('min', 0, { whole: true }), max: number('max', 500, { min: 1, whole: true }), synthetic: number('synthetic', null, { min: 0.01 }) },
};
if ((args.demand === undefined) === (args.synthetic === undefined)) faults.push('Give either --demand FILE or --synthetic LOAD.');
if (settings.min > settings.max) faults.push(`--min ${settings.min} is more than --max ${settings.max}.`);
for (const name of ['demand', 'history']) if (args[name] !== undefined && !existsSync(args[name])) faults.push(`--${name}: there is no file ${args[name]}.`);

assertNode();
if (!existsSync(join(ROOT, 'node_modules/highs'))) await install();
if (!existsSync(join(ROOT, 'dist/fleet/simulator/index.js'))) await build('server');
const { demandCsv, InputError, parseDemand, reportOf, Simulation, syntheticDemand, traceLines } = await import('../dist/fleet/simulator/index.js');
const { POLICIES } = await import('../dist/fleet/autoscaler/index.js');

const names = args.policy === 'all' ? [...POLICIES.keys()] : [args.policy ?? 'default'];
if (!POLICIES.has(names[0])) faults.push(`--policy is “${names[0]}”, not one of ${[...POLICIES.keys(), 'all'].join(', ')}.`);
if (faults.length > 0) leave(faults.join('\n'));

const note = (line) => {
  if (!args.json) console.log(line);
};

function read(name, models) {
  try {
    return parseDemand(readFileSync(args[name], 'utf8'), models);
  } catch (error) {
    if (error instanceof InputError) return leave(`--${name} ${args[name]}:\n${error.message}`);
    throw error;
  }
}

function demandAndHistory() {
  if (args.demand !== undefined) {
    const demand = read('demand', []);
    if (demand.tasks.length === 0) leave(`--demand ${args.demand} has no tasks.`);
    return { demand, history: args.history === undefined ? [] : read('history', demand.models).tasks };
  }
  const { tasks, models } = syntheticDemand({ days: HISTORY_DAYS + DAYS, load: settings.synthetic, seed: settings.seed });
  const beginMs = HISTORY_DAYS * DAY_MS;
  const recent = tasks.filter(({ arrivalMs }) => arrivalMs >= beginMs).map((task, index) => ({ ...task, index, arrivalMs: task.arrivalMs - beginMs }));
  if (recent.length === 0) leave(`--synthetic ${args.synthetic} gives no task in ${DAYS} days: ask for a larger load.`);
  return {
    demand: { tasks: recent, models },
    history: args.history === undefined ? tasks.filter(({ arrivalMs }) => arrivalMs < beginMs) : read('history', models).tasks,
  };
}

const { demand, history } = demandAndHistory();
if (args['write-demand'] !== undefined) writeFileSync(args['write-demand'], demandCsv(demand.tasks, demand.models));
const days = ((demand.tasks.at(-1)?.arrivalMs ?? 0) / DAY_MS).toFixed(1);
note(`${demand.tasks.length} tasks over ${days} days${history.length > 0 ? `, ${history.length} before them to learn from` : ''}`);

async function writeLines(file, lines) {
  const stream = createWriteStream(file);
  const ended = new Promise((resolve, reject) => stream.on('finish', resolve).on('error', reject));
  for (const line of lines) stream.write(`${line}\n`);
  stream.end();
  await ended;
}

let last;
for (const name of names) {
  const simulation = new Simulation(demand, {
    ...{ policy: POLICIES.get(name), seed: settings.seed, tickMs: 5000, history },
    ...{ bootSpread: settings.bootSpread, loadSpread: settings.loadSpread, estimateSpread: settings.estimateSpread },
    pool: { minBoxes: settings.min, maxBoxes: settings.max, bootMs: settings.boot * 1000, loadMs: settings.load * 1000 },
  });
  const show = !args.json && process.stderr.isTTY;
  const startedAt = performance.now();
  const result = simulation.run((share) => show && process.stderr.write(`\r${name}: ${Math.round(share * 100)} %`));
  const eventsPerSecond = Math.round(result.events / ((performance.now() - startedAt) / 1000));
  if (show) process.stderr.write('\r');
  last = {
    policy: name,
    ...(await reportOf(result, { pricePerHour: settings.price, restartMs: (settings.boot + settings.load) * 1000 })),
    events: result.events,
    eventsPerSecond,
  };
  const { wait } = last;
  note(
    `${name.padEnd(12)} cost / C0 ${last.costOverC0.toFixed(2)}   wait p50 ${wait.p50} s, p95 ${wait.p95} s, p99 ${wait.p99} s   loads per task ${last.switches.toFixed(2)}`,
  );
  if (args.trace !== undefined) await writeLines(args.trace, traceLines(result, demand.models));
  if (args.decisions !== undefined)
    await writeLines(
      args.decisions,
      result.actions.map(({ atMs, action }) =>
        JSON.stringify({ at: (atMs - result.startMs) / 1000, ...action, ...(action.do === 'stop' ? { box: action.box.id } : {}) }),
      ),
    );
}
console.log(JSON.stringify(last));
