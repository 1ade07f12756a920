#!/usr/bin/env node
/** The process on a box. Exit codes: 0 released or orphaned, 1 a fault of ours, 2 wrong settings, 3 the server refused the box. */
import { jsonLog } from './agent/log.js';
import { readSettings, SettingsError, surveySettings, type Settings } from './config/settings.js';
import { usesGpuHere } from './engines/open-engines.js';
import { startAgent } from './index.js';
import { probe } from './gpu/probe.js';

const HELP = `Atelier agent: leases tasks from an Atelier server and runs them on this machine.

  node dist/main.js [run [NAME]]   run the agent; NAME only shows in lists of processes
  node dist/main.js probe [--json] show what this machine is and whether an engine that is set up uses its GPU, and end
  node dist/main.js doctor [--json] [--verify]   look for what is wrong with this machine, try each engine, name the cures
  node dist/main.js --help

Settings (environment):
  ATELIER_URL                address of the server (required; https, or http to loopback)
  ATELIER_PLAIN_HTTP         "allow" permits http to another machine, inside a private network
  ATELIER_POOL               pool to join (local)
  ATELIER_CREDENTIALS        "env" (default) or "stdin": one line {"bootstrapSecret":"…","nonce":"…"} on standard input
  ATELIER_BOOTSTRAP_SECRET   the pool's secret              ATELIER_NONCE        single-use nonce of a local box
  ATELIER_INSTANCE_ID        the provider's id (host-pid)   ATELIER_LAUNCHED_AT  ISO 8601 (start of this process)
  ATELIER_CAPACITY           on_demand (default) or spot    ATELIER_ZONE         availability zone
  ATELIER_SLOTS              tasks at once, at most what the pool allows
  ATELIER_SIGTERM_GRACE_MS   how long running tasks may go on after SIGTERM (20000)
  ATELIER_SPOT_GRACE_MS      the same after a Spot notice, SIGUSR2 (100000)
  ATELIER_ORPHAN_EXIT_MS     an idle box without parent leaves when the server was away so long (60000)
  ATELIER_WEIGHTS_DIR        files of weights (~/.cache/atelier/weights)   ATELIER_WEIGHTS_MAX_GB   most of them on disk (100)
  ATELIER_ONNX               auto (default), on, cpu, off: the engine for ONNX models      ATELIER_ONNX_BUDGET_MB   memory for them
  ATELIER_COMFYUI_URL        ComfyUI on loopback (http://127.0.0.1:8188 when only the command is given)
  ATELIER_COMFYUI_COMMAND    what starts it, such as "python main.py --listen 127.0.0.1 --preview-method auto"; without it, it runs already
  ATELIER_COMFYUI_DIR        its folder: the command runs there, and weights are linked into its models
  FFMPEG_PATH                ffmpeg, for films (found in PATH)
  ATELIER_STATUS_PORT        JSON status page on 127.0.0.1 (off)
  ATELIER_LOG_LEVEL          debug, info (default), warn, error

SIGTERM or SIGINT: stop leasing, finish what ends in time, hand back the rest. A second one: at once.
`;

const [command, ...options] = process.argv.slice(2);

if (command === '--help' || command === '-h') process.stdout.write(HELP);
else if (command === 'probe') await showMachine(options.includes('--json'));
else if (command === 'doctor') process.exit(await (await import('./doctor/doctor.js')).runDoctor(options));
else if (command === undefined || command === 'run') process.exit(await runAgent());
else {
  process.stderr.write(`Unknown command "${command}": see --help.\n`);
  process.exitCode = 2;
}

async function showMachine(asJson: boolean): Promise<void> {
  const machine = await probe();
  const { gpu } = machine;
  const usesGpu = gpu.class !== 'CPU' && (await usesGpuHere((await surveySettings()).settings, jsonLog('error')));
  if (asJson) process.stdout.write(`${JSON.stringify({ gpu, usesGpu, health: machine.health() }, null, 2)}\n`);
  else process.stdout.write(`${gpu.class}: ${gpu.name}${gpu.vramMb > 0 ? `, ${gpu.vramMb} MB` : ''}${gpu.driver ? `, driver ${gpu.driver}` : ''}\n`);
}

async function runAgent(): Promise<number> {
  let settings: Settings;
  try {
    settings = await readSettings();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.faults.join('\n')}\n`);
    return 2;
  }
  const parent = process.ppid;
  const agent = await startAgent(settings, { isOrphan: () => process.ppid !== parent });
  let signals = 0;
  const onSignal = () => {
    signals++;
    void agent.stop('sigterm', signals === 1 ? settings.sigtermGraceMs : 0);
    if (signals === 2) setTimeout(() => process.exit(0), 2_000).unref();
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  process.on('SIGUSR2', () => void agent.stop('spot_notice', settings.spotGraceMs));
  const ending = await agent.ended;
  return ending === 'unknown_box' ? 3 : ending === 'failed' ? 1 : 0;
}
