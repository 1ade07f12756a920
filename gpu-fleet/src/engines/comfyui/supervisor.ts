/** A ComfyUI process of ours on loopback: started, watched by `/system_stats`, ended with all it started. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { EngineFault } from '../engine.js';
import type { ComfyClient, SystemStats } from './client.js';

export interface SupervisorSettings {
  /** Program and arguments; null: somebody else runs it. */
  command: readonly string[] | null;
  dir: string | null;
  /** How long it may take from start to the first answer: it loads its nodes. */
  startMs: number;
  /** Resident memory beyond which an idle process is started anew. */
  growthMaxMb: number;
}

const LOOK_MS = 250;
const END_MS = 5_000;
const PAGE = 4096;
const NO_GPU = /Torch not compiled with CUDA|no NVIDIA driver/i;

export class Supervisor {
  private child: ChildProcess | null = null;
  private said = '';
  private closed = false;
  /** What it said of itself when it was last asked. */
  stats: SystemStats | null = null;
  /** Called when the process has ended by itself. */
  onExit: (why: string) => void = () => undefined;

  constructor(
    private readonly client: ComfyClient,
    private readonly settings: SupervisorSettings,
  ) {}

  /** Whether a process runs that was started here. */
  get isOurs(): boolean {
    return this.child !== null;
  }

  /** @throws EngineFault `engine_crashed` with what the process said last */
  async ensureUp(): Promise<void> {
    if (this.closed) throw new EngineFault('engine_closed', 'The engine is shutting down.');
    if (this.settings.command && !this.child && !(await this.answers())) this.start();
    const deadline = Date.now() + this.settings.startMs;
    while (!(await this.answers())) {
      if (this.settings.command && !this.child) throw new EngineFault('engine_crashed', `ComfyUI ended while it started: ${this.lastWords()}`);
      if (Date.now() > deadline) {
        await this.stop();
        throw new EngineFault(
          'engine_crashed',
          `ComfyUI does not answer at ${this.client.url} after ${this.settings.startMs / 1000} s: start it, or set ATELIER_COMFYUI_COMMAND. ${this.lastWords()}`.trim(),
        );
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** For one that hangs, has ended or has grown. @returns false for one that is not ours, which is left as it is */
  async restart(): Promise<boolean> {
    if (!this.settings.command || this.closed || (!this.child && (await this.answers()))) return false;
    await this.stop();
    // The next task waits until it answers; it has a while for that.
    this.start();
    return true;
  }

  async hasGrown(): Promise<boolean> {
    const { growthMaxMb } = this.settings;
    if (!this.child?.pid) return false;
    return (await residentMb(this.child.pid)) > growthMaxMb;
  }

  /** For good: what runs in it fails, and nothing is started any more. */
  async close(): Promise<void> {
    this.closed = true;
    await this.stop();
  }

  async stop(): Promise<void> {
    const child = this.child;
    this.child = null;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    signal(child, 'SIGTERM');
    const impatience = setTimeout(() => signal(child, 'SIGKILL'), END_MS);
    await ended;
    clearTimeout(impatience);
    signal(child, 'SIGKILL');
  }

  private start(): void {
    const [program, ...args] = privateOnly(this.settings.command!);
    this.said = '';
    // A group of its own, so that what it starts ends with it.
    const child = spawn(program!, args, { cwd: this.settings.dir ?? undefined, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.child = child;
    const hear = (data: Buffer): void => void (this.said = (this.said + data.toString('utf8')).slice(-2_000));
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const gone = (why: string): void => {
      if (this.child !== child) return;
      this.child = null;
      this.onExit(why);
    };
    child.on('error', (error) => {
      this.said += error.message;
      gone(`ComfyUI does not start: ${error.message}`);
    });
    child.on('exit', (code, by) => gone(`ComfyUI ended (${by ?? `code ${code}`}): ${this.lastWords()}`));
  }

  private answers(): Promise<boolean> {
    return this.client.systemStats().then(
      (stats) => {
        this.stats = stats;
        return true;
      },
      () => false,
    );
  }

  private lastWords(): string {
    const words = this.said.trim().split('\n').slice(-3).join(' ').slice(0, 300);
    return NO_GPU.test(this.said) ? `${words} It finds no GPU here: add --cpu to ATELIER_COMFYUI_COMMAND.` : words;
  }
}

/** Whoever reaches ComfyUI may run anything on the box: it has no login. `--listen` alone means every interface. */
function privateOnly(command: readonly string[]): readonly string[] {
  const line = command.join(' ');
  const [, , where = ''] = /--listen\b(=|\s+)?([^\s'"-][^\s'"]*)?/.exec(line) ?? ['', '', '127.0.0.1'];
  if (/^(127\.\d+\.\d+\.\d+|localhost|::1)$/.test(where)) return command;
  throw new EngineFault('engine_error', 'ATELIER_COMFYUI_COMMAND opens ComfyUI to the network: write --listen 127.0.0.1, or leave --listen out.');
}

/** Of the whole group: the command may be a shell that starts it. Zero where there is no /proc. */
async function residentMb(group: number): Promise<number> {
  const processes = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const pages = await Promise.all(
    processes.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      // Behind the program's name, which may hold anything: state, parent, group, … and resident pages as the 22nd.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(fields[2]) === group ? Number(fields[21]) : 0;
    }),
  );
  return (pages.reduce((sum, each) => sum + each, 0) * PAGE) / 2 ** 20;
}

function signal(child: ChildProcess, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-child.pid!, name);
  } catch {
    // It is gone already.
  }
}
