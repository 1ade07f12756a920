/** Every setting of the box, read once. The only place of this package that reads the environment. */
import { homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { BoxProof, CapacityType } from '@atelier/contracts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Credentials {
  bootstrapSecret: string;
  proof: BoxProof;
}

export interface Settings {
  /** Origin of the monolith, without a slash at the end. */
  url: string;
  pool: string;
  credentials: Credentials;
  instanceId: string;
  /** ISO 8601: when the provider launched the machine. */
  launchedAt: string;
  capacity: CapacityType;
  zone: string | null;
  /** Tasks at once; null leaves it to the pool. */
  slots: number | null;
  /** Loopback port of the status page; null = off. */
  statusPort: number | null;
  /** How long running tasks may go on after SIGTERM. */
  sigtermGraceMs: number;
  /** The same after a Spot notice, which comes 120 s before the end. */
  spotGraceMs: number;
  /** An idle box whose parent process is gone leaves after the server was out of reach for so long. */
  orphanExitMs: number;
  logLevel: LogLevel;
  /** The program that films are read and made with; a name is looked up in PATH. */
  ffmpeg: string;
  /** `auto`: where its runtime is installed, on CUDA where that works; `cpu` and `on` insist on it. `budgetMb`: memory for models; null: the card's, or half of the machine's without one. */
  onnx: { mode: 'auto' | 'on' | 'cpu' | 'off'; budgetMb: number | null };
  /** Null: no ComfyUI. `command`: program and arguments that start it; null: it is there. `dir`: its folder, where its models lie. */
  comfyui: { url: string; command: string[] | null; dir: string | null } | null;
  /** Folder of the files of weights; each box on the machine uses a folder of its own in it. */
  weightsDir: string;
  /** Most bytes of weights that one box keeps on disk. */
  weightsMaxBytes: number;
}

/** Its message is for the person who started the process: one sentence a fault, each naming variable and cure. */
export class SettingsError extends Error {
  constructor(readonly faults: string[]) {
    super(faults.join('\n'));
  }
}

type Environment = Record<string, string | undefined>;

const COMFYUI_URL = 'http://127.0.0.1:8188';

function comfyuiOf(env: Environment): Settings['comfyui'] {
  const { ATELIER_COMFYUI_URL: url, ATELIER_COMFYUI_COMMAND: command, ATELIER_COMFYUI_DIR: dir } = env;
  if (!url && !command) return null;
  return { url: url || COMFYUI_URL, command: command ? command.trim().split(/\s+/) : null, dir: dir || null };
}

/**
 * @param readCredentials reads one line of JSON `{bootstrapSecret, nonce | proof}`; called only with `ATELIER_CREDENTIALS=stdin`,
 * which keeps secrets out of the process list and of `/proc/<pid>/environ`.
 * @throws SettingsError with every fault at once.
 */
export async function readSettings(env: Environment = process.env, readCredentials: () => Promise<string> = firstLineOfStdin): Promise<Settings> {
  const { settings, faults } = await settingsOf(env, readCredentials);
  if (faults.length > 0) throw new SettingsError(faults);
  return settings;
}

/** What the doctor looks at: a machine that joins no server yet has neither address nor secrets, and what is wrong does not end the look. */
export interface SurveyedSettings {
  settings: Settings;
  faults: string[];
  /** Names of the variables that are set. */
  given: ReadonlySet<string>;
  /** Only the server reads films with it; here it is looked for beside ffmpeg. */
  ffprobe: string;
  /** Where programs are looked for. */
  path: string;
}

/** Never reads standard input, never throws for a wrong value. */
export async function surveySettings(env: Environment = process.env): Promise<SurveyedSettings> {
  const placeholder = { ATELIER_URL: 'http://127.0.0.1', ATELIER_BOOTSTRAP_SECRET: 'none', ATELIER_NONCE: 'none' };
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value));
  const surveyed = await settingsOf({ ...placeholder, ...set }, async () => '{"bootstrapSecret":"none","nonce":"none"}');
  return { ...surveyed, given: new Set(Object.keys(set)), ffprobe: env.FFPROBE_PATH || 'ffprobe', path: env.PATH ?? '' };
}

async function settingsOf(env: Environment, readCredentials: () => Promise<string>): Promise<{ settings: Settings; faults: string[] }> {
  const faults: string[] = [];
  const reader = new Reader(env, faults);
  const settings: Settings = {
    url: reader.url(),
    pool: env.ATELIER_POOL || 'local',
    credentials: await reader.credentials(readCredentials),
    instanceId: env.ATELIER_INSTANCE_ID || `${hostname()}-${process.pid}`,
    launchedAt: reader.instant('ATELIER_LAUNCHED_AT', new Date(Date.now() - process.uptime() * 1000)),
    capacity: reader.oneOf('ATELIER_CAPACITY', ['on_demand', 'spot'] as const, 'on_demand'),
    zone: env.ATELIER_ZONE || null,
    slots: reader.wholeOrNull('ATELIER_SLOTS', 1, 64),
    statusPort: reader.wholeOrNull('ATELIER_STATUS_PORT', 0, 65535),
    sigtermGraceMs: reader.whole('ATELIER_SIGTERM_GRACE_MS', 0, 3_600_000, 20_000),
    spotGraceMs: reader.whole('ATELIER_SPOT_GRACE_MS', 0, 3_600_000, 100_000),
    orphanExitMs: reader.whole('ATELIER_ORPHAN_EXIT_MS', 1_000, 86_400_000, 60_000),
    logLevel: reader.oneOf('ATELIER_LOG_LEVEL', LOG_LEVELS, 'info'),
    ffmpeg: env.FFMPEG_PATH || 'ffmpeg',
    onnx: {
      mode: reader.oneOf('ATELIER_ONNX', ['auto', 'on', 'cpu', 'off'] as const, 'auto'),
      budgetMb: reader.wholeOrNull('ATELIER_ONNX_BUDGET_MB', 64, 1_000_000),
    },
    comfyui: comfyuiOf(env),
    weightsDir: resolve(env.ATELIER_WEIGHTS_DIR || join(homedir(), '.cache', 'atelier', 'weights')),
    weightsMaxBytes: reader.whole('ATELIER_WEIGHTS_MAX_GB', 1, 100_000, 100) * 1e9,
  };
  return { settings, faults };
}

class Reader {
  constructor(
    private readonly env: Environment,
    private readonly faults: string[],
  ) {}

  url(): string {
    const text = this.env.ATELIER_URL;
    if (!text) return this.fault('ATELIER_URL is missing: set it to the address of the Atelier server, e.g. https://studio.example.com.', '');
    const url = URL.canParse(text) ? new URL(text) : null;
    if (!url || !['http:', 'https:'].includes(url.protocol))
      return this.fault('ATELIER_URL is not an http(s) address: set it to e.g. https://studio.example.com.', '');
    if (url.username || url.password || url.search || url.hash)
      return this.fault('ATELIER_URL carries a user, query or fragment: give only the address of the server.', '');
    if (url.protocol === 'http:' && !isLoopback(url.hostname) && this.env.ATELIER_PLAIN_HTTP !== 'allow')
      return this.fault(
        'ATELIER_URL is http to another machine, which would send the box token in clear: use https, or set ATELIER_PLAIN_HTTP=allow inside a private network.',
        '',
      );
    return text.replace(/\/+$/, '');
  }

  async credentials(readLine: () => Promise<string>): Promise<Credentials> {
    const source = this.oneOf('ATELIER_CREDENTIALS', ['env', 'stdin'] as const, 'env');
    if (source === 'stdin') return this.credentialsFromLine(await readLine());
    const bootstrapSecret = this.env.ATELIER_BOOTSTRAP_SECRET ?? '';
    const nonce = this.env.ATELIER_NONCE ?? '';
    if (!bootstrapSecret)
      this.faults.push("ATELIER_BOOTSTRAP_SECRET is missing: set it to the pool's secret, or send it on standard input with ATELIER_CREDENTIALS=stdin.");
    if (!nonce)
      this.faults.push(
        'ATELIER_NONCE is missing: set it to the single-use nonce the provider made for this box, or send it on standard input with ATELIER_CREDENTIALS=stdin.',
      );
    return { bootstrapSecret, proof: { kind: 'local', nonce } };
  }

  private credentialsFromLine(line: string): Credentials {
    const none: Credentials = { bootstrapSecret: '', proof: { kind: 'local', nonce: '' } };
    let parsed: unknown;
    try {
      parsed = JSON.parse(line);
    } catch {
      return this.fault(
        'ATELIER_CREDENTIALS=stdin, but the first line of standard input is not JSON: send {"bootstrapSecret":"…","nonce":"…"} and a line feed.',
        none,
      );
    }
    const { bootstrapSecret, nonce, proof } = (parsed ?? {}) as { bootstrapSecret?: unknown; nonce?: unknown; proof?: unknown };
    const found = isProof(proof) ? proof : typeof nonce === 'string' && nonce ? ({ kind: 'local', nonce } as const) : null;
    if (typeof bootstrapSecret !== 'string' || !bootstrapSecret || !found)
      return this.fault(
        'ATELIER_CREDENTIALS=stdin, but the line on standard input lacks "bootstrapSecret", or "nonce" or "proof": send {"bootstrapSecret":"…","nonce":"…"}.',
        none,
      );
    return { bootstrapSecret, proof: found };
  }

  instant(name: string, fallback: Date): string {
    const text = this.env[name];
    if (!text) return fallback.toISOString();
    const at = new Date(text);
    return Number.isNaN(at.getTime()) ? this.fault(`${name} is not a date: write it as ISO 8601, e.g. 2026-01-31T08:00:00Z.`, '') : at.toISOString();
  }

  oneOf<T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const text = this.env[name];
    if (!text) return fallback;
    return choices.find((c) => c === text) ?? this.fault(`${name} is "${text}": use one of ${choices.join(', ')}.`, fallback);
  }

  whole(name: string, least: number, most: number, fallback: number): number {
    return this.wholeOrNull(name, least, most) ?? fallback;
  }

  wholeOrNull(name: string, least: number, most: number): number | null {
    const text = this.env[name];
    if (!text) return null;
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    return value >= least && value <= most ? value : this.fault(`${name} is "${text}": use a whole number from ${least} to ${most}.`, null);
  }

  private fault<T>(sentence: string, value: T): T {
    this.faults.push(sentence);
    return value;
  }
}

function isProof(value: unknown): value is BoxProof {
  const proof = value as Partial<Record<string, unknown>> | null | undefined;
  const text = (key: string) => typeof proof?.[key] === 'string' && proof[key] !== '';
  return (
    (proof?.kind === 'local' && text('nonce')) ||
    (proof?.kind === 'aws' && text('document') && text('signature')) ||
    (proof?.kind === 'kubernetes' && text('token'))
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\./.test(host);
}

/** Ends with the first line feed, so that the provider may keep the pipe open. */
async function firstLineOfStdin(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.includes('\n') || text.length > 65_536) break;
  }
  return text.split('\n', 1)[0]!;
}
