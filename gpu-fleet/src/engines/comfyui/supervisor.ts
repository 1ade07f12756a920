/** A ComfyUI process of ours on loopback: started, watched by `/system_stats`, ended with all it started. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { EngineFault } from '../engine.js';
import type { ComfyClient, SystemStats } from './client.js';

export interface SupervisorSettings {
  /** Program and arguments; null: somebody else runs it. */
  command: readonly string[] | null;
  dir: string | null;
  /** How long it may take from start to the first answer: it loads its nodes. */
  startMs: number;
  /** Resident memory beyond which an idle process is started anew; null: never. */
  growthMaxMb: number | null;
}

const LOOK_MS = 250;
const END_MS = 5_000;
const PAGE = 4096;

export class Supervisor {
  private child: ChildProcess | null = null;
  private said = '';
  /** What it said of itself when it was last asked. */
  stats: SystemStats | null = null;
  /** Called when the process has ended by itself. */
  onExit: (why: string) => void = () => undefined;

  constructor(
    private readonly client: ComfyClient,
    private readonly settings: SupervisorSettings,
  ) {}

  /** Whether an open socket is proof enough that it is up; one that we ended, or will have to start, is asked. */
  get isSteady(): boolean {
    return this.settings.command === null || (this.child?.exitCode === null && this.child.signalCode === null);
  }

  /** @throws EngineFault `engine_crashed` with what the process said last */
  async ensureUp(): Promise<void> {
    if (this.child?.exitCode === null && this.child.signalCode === null) return;
    if (this.settings.command && !(await this.answers())) this.start();
    const deadline = Date.now() + this.settings.startMs;
    while (!(await this.answers())) {
      if (this.settings.command && !this.child) throw new EngineFault('engine_crashed', `ComfyUI ended while it started: ${this.lastWords()}`);
      if (Date.now() > deadline)
        throw new EngineFault(
          'engine_crashed',
          `ComfyUI does not answer at ${this.client.url} after ${this.settings.startMs / 1000} s: start it, or set ATELIER_COMFYUI_COMMAND. ${this.lastWords()}`.trim(),
        );
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** For one that hangs or has grown. One that is not ours is left as it is. */
  async restart(): Promise<void> {
    await this.stop();
  }

  async hasGrown(): Promise<boolean> {
    const { growthMaxMb } = this.settings;
    if (growthMaxMb === null || !this.child?.pid) return false;
    const statm = await readFile(`/proc/${this.child.pid}/statm`, 'utf8').catch(() => '');
    return (Number(statm.split(' ')[1] ?? 0) * PAGE) / 2 ** 20 > growthMaxMb;
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
    const [program, ...args] = this.settings.command!;
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
    return this.said.trim().split('\n').slice(-3).join(' ').slice(0, 300);
  }
}

function signal(child: ChildProcess, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-child.pid!, name);
  } catch {
    // It is gone already.
  }
}
