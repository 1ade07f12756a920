/** `doctor`: looks at this machine, tries each engine, says what is wrong and what cures it. Needs no server and no setting. */
import { AGENT_VERSION } from '../agent/agent.js';
import { surveySettings } from '../config/settings.js';
import { inspectGpus } from '../gpu/probe.js';
import type { BoxFacts, Problem, TrialFacts } from './facts.js';
import { judge } from './judge.js';
import { lookAtComfyui, type ComfyuiVisit } from './look-at-comfyui.js';
import { lookAtMachine, settingsFacts } from './look-at-machine.js';
import { lookAtOnnx } from './look-at-onnx.js';
import { lookAtWeights } from './look-at-weights.js';
import { reportOf } from './report.js';
import { tryBuiltin, tryComfyui, tryOnnx } from './trials.js';

export const DOCTOR_HELP = `Looks at this machine as a box of Atelier: processor, memory, disks, ffmpeg, GPU, engines, weights, settings. Each engine
that is set up does one tiny task, timed. Needs no server and changes nothing; a ComfyUI that the agent would start is started and ended.

  node dist/main.js doctor             a report
  node dist/main.js doctor --json      one JSON object: {ok, agentVersion, facts, problems: [{id, severity, what, cure}]}
  node dist/main.js doctor --verify    also computes the digest of every file of weights, however large

Severities: error (something that is set up does not work), warning (it works, worse than it could), note. Exit code: 0 without
errors, 1 otherwise, 2 for an unknown option. The settings are those of the agent (node dist/main.js --help).
`;

export interface Examination {
  /** No problem is an error. */
  ok: boolean;
  agentVersion: string;
  facts: BoxFacts;
  problems: Problem[];
}

/** Shows that a step goes on, when it goes on for long. */
export type Progress = <T>(title: string, step: () => Promise<T>) => Promise<T>;

export async function examine(options: { verify: boolean; progress: Progress }): Promise<Examination> {
  const { progress } = options;
  const surveyed = await surveySettings();
  const { settings } = surveyed;
  const [machine, gpu] = await progress('looking at the machine', () => Promise.all([lookAtMachine(surveyed), inspectGpus()]));
  const weights = await progress('reading the weights', () => lookAtWeights(settings.weightsDir, settings.weightsMaxBytes, options.verify));
  const onnx = await progress('opening onnxruntime', () => lookAtOnnx(settings));
  const visit = settings.comfyui ? await progress('asking ComfyUI', () => lookAtComfyui(settings.comfyui!)) : null;
  try {
    const trials = await tryAll(progress, onnx.engine, visit);
    const facts = { machine, gpu, settings: settingsFacts(surveyed), weights, onnx: onnx.facts, comfyui: visit?.facts ?? null, trials };
    const problems = judge(facts);
    return { ok: problems.every(({ severity }) => severity !== 'error'), agentVersion: AGENT_VERSION, facts, problems };
  } finally {
    await Promise.all([onnx.engine?.close(), visit?.close()]);
  }
}

/** One after the other, so that none is slowed by another. */
async function tryAll(progress: Progress, onnx: Awaited<ReturnType<typeof lookAtOnnx>>['engine'], visit: ComfyuiVisit | null): Promise<TrialFacts[]> {
  const trials = [await progress('trying the builtin engine', tryBuiltin)];
  if (onnx) trials.push(await progress('trying the onnx engine', () => tryOnnx(onnx)));
  const client = visit?.client;
  if (client) trials.push(await progress('trying ComfyUI', () => tryComfyui(client)));
  return trials;
}

/** @returns the exit code */
export async function runDoctor(options: readonly string[]): Promise<number> {
  const unknown = options.find((option) => !['--json', '--verify', '--help', '-h'].includes(option));
  if (unknown) {
    process.stderr.write(`Unknown option "${unknown}": see doctor --help.\n`);
    return 2;
  }
  if (options.includes('--help') || options.includes('-h')) {
    await print(DOCTOR_HELP);
    return 0;
  }
  const examination = await examine({ verify: options.includes('--verify'), progress: toStderr });
  const { ok, facts, problems } = examination;
  await print(options.includes('--json') ? `${JSON.stringify(examination)}\n` : `${reportOf(facts, problems)}\n`);
  return ok ? 0 : 1;
}

const LONG_MS = 2_000;

async function toStderr<T>(title: string, step: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const tick = setInterval(() => process.stderr.write(`  ${title} … ${Math.round((performance.now() - startedAt) / 1000)} s\n`), LONG_MS);
  return step().finally(() => clearInterval(tick));
}

/** Resolves when the text has left, so that the process may end. */
function print(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}
