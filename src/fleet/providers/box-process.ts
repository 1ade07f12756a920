import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, closeSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Time the agent may take after SIGTERM to finish or hand back what it runs. */
const GRACE_MS = 3000;
/** After that it is killed. */
export const STOP_PATIENCE_MS = GRACE_MS + 4000;

export interface BoxStart {
  /** Our own address, as this machine reaches it. */
  url: string;
  pool: string;
  capacity: string;
  instanceId: string;
  launchedAt: Date;
  /** Handed over on standard input only. */
  credentials: { nonce: string; bootstrapSecret: string };
  /** What it may know of our environment. */
  environment: Record<string, string>;
  logFolder: string;
}

/** `dist/main.js` of the installed agent. @throws Error naming the cure when it was not built */
export function agentProgram(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('@atelier/gpu-fleet')), 'main.js');
  } catch (cause) {
    throw new Error('The agent is not built: run `npx tsc -b gpu-fleet`, or set ATELIER_LOCAL_BOXES=0 to run no box on this machine.', { cause });
  }
}

/**
 * Starts the agent as a process group of its own: Ctrl-C reaches us alone, who then ask it to stop; and it outlives a crash of ours, so that the work on it is
 * not lost. Its log goes to a file, not through a pipe that would break with us. The instance id is an argument so that the process can be recognised later.
 */
export function startBoxProcess(start: BoxStart): ChildProcess {
  mkdirSync(start.logFolder, { recursive: true, mode: 0o700 });
  const logFile = openSync(join(start.logFolder, 'boxes.log'), 'a', 0o600);
  try {
    const child = spawn(process.execPath, [agentProgram(), 'run', start.instanceId], {
      detached: true,
      stdio: ['pipe', logFile, logFile],
      env: {
        ...start.environment,
        ATELIER_URL: start.url,
        ATELIER_PLAIN_HTTP: 'allow',
        ATELIER_POOL: start.pool,
        ATELIER_CAPACITY: start.capacity,
        ATELIER_INSTANCE_ID: start.instanceId,
        ATELIER_LAUNCHED_AT: start.launchedAt.toISOString(),
        ATELIER_CREDENTIALS: 'stdin',
        ATELIER_SIGTERM_GRACE_MS: String(GRACE_MS),
        ATELIER_LOG_LEVEL: 'warn',
      },
    });
    child.stdin!.on('error', () => undefined);
    child.stdin!.end(`${JSON.stringify(start.credentials)}\n`);
    child.unref();
    return child;
  } finally {
    closeSync(logFile);
  }
}

/** Whether `pid` is still the box that was started under this instance id, and not a later process that got the same number. */
export function isBoxProcess(pid: number, instanceId: string): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(instanceId);
  } catch {
    // No /proc on this system: the number is all there is to go by.
    return process.platform !== 'linux';
  }
}

export function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}
