/** What this machine is: its GPU by nvidia-smi, else its CPU. */
import { execFile, type ExecFileException } from 'node:child_process';
import { cpus } from 'node:os';
import type { HeartbeatRequest, RegisterRequest } from '@atelier/contracts';
import { GPU_QUERY, parseGpuQuery, parseGpuTable, parseXid, type GpuFacts } from './nvidia-smi.js';

export interface Machine {
  gpu: RegisterRequest['gpu'];
  /** Memory and load of the GPU and its last Xid, a few seconds old at most; zeros on a machine without one. Never waits. */
  health(): HeartbeatRequest['gpu'];
}

const HEALTH_AGE_MS = 5_000;
const NO_GPU: HeartbeatRequest['gpu'] = { vramUsedMb: 0, utilisation: 0, xid: null };

export function processorOnly(): Machine {
  const name = cpus()[0]?.model.trim() || 'CPU';
  return { gpu: { class: 'CPU', name, vramMb: 0, driver: null }, health: () => NO_GPU };
}

export async function probe(): Promise<Machine> {
  const facts = await queryGpu();
  if (!facts) return processorOnly();
  const { class: gpuClass, name, vramMb, driver } = facts;
  return { gpu: { class: gpuClass, name, vramMb, driver }, health: refreshed(gpuHealth) };
}

/** For the doctor, who asks once and wants to know why there is nothing. */
export interface GpuInspection {
  /** `missing`: no such program; `failed`: it is there and does not answer with a table. */
  tool: 'missing' | 'failed' | 'works';
  /** What the failed tool said last. */
  said: string | null;
  gpus: GpuFacts[];
  xid: number | null;
}

export async function inspectGpus(): Promise<GpuInspection> {
  const [{ error, stdout, stderr }, log] = await Promise.all([run('nvidia-smi', QUERY), output('dmesg', [])]);
  const gpus = error ? [] : parseGpuTable(stdout);
  const tool = (error as NodeJS.ErrnoException | null)?.code === 'ENOENT' ? 'missing' : gpus.length > 0 ? 'works' : 'failed';
  const said = tool === 'failed' ? `${stdout}\n${stderr}`.trim().split('\n').at(-1)!.slice(0, 200) || (error?.killed ? 'no answer within 5 s' : null) : null;
  return { tool, said, gpus, xid: parseXid(log) };
}

/** A heartbeat must not wait for nvidia-smi: it gets the last reading, and an old one starts the next in the background. */
function refreshed(read: () => Promise<HeartbeatRequest['gpu']>): () => HeartbeatRequest['gpu'] {
  let last = NO_GPU;
  let readAt = -Infinity;
  const renew = async () => {
    readAt = performance.now();
    last = await read();
  };
  void renew();
  return () => {
    if (performance.now() - readAt > HEALTH_AGE_MS) void renew();
    return last;
  };
}

async function gpuHealth(): Promise<HeartbeatRequest['gpu']> {
  // The kernel log is readable only where the operator allows it; then no Xid is reported.
  const [facts, log] = await Promise.all([queryGpu(), output('dmesg', [])]);
  return facts ? { vramUsedMb: facts.vramUsedMb, utilisation: facts.utilisation, xid: parseXid(log) } : { ...NO_GPU, xid: parseXid(log) };
}

const QUERY = [`--query-gpu=${GPU_QUERY.join(',')}`, '--format=csv,noheader,nounits'];

async function queryGpu(): Promise<GpuFacts | null> {
  return parseGpuQuery(await output('nvidia-smi', QUERY));
}

/** Standard output, empty when the program is missing, fails or takes over 5 s: a wedged driver must not hold a heartbeat. */
async function output(program: string, parameters: string[]): Promise<string> {
  const { error, stdout } = await run(program, parameters);
  return error ? '' : stdout;
}

function run(program: string, parameters: string[]): Promise<{ error: ExecFileException | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(program, parameters, { timeout: 5_000, maxBuffer: 4_194_304 }, (error, stdout, stderr) => resolve({ error, stdout, stderr }));
  });
}
