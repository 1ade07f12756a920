/** What the doctor finds out about a box, as plain data: the rules in `judge*.ts` read nothing else. */
import type { GpuInspection } from '../gpu/probe.js';

export type Severity = 'error' | 'warning' | 'note';

/** `id` begins with the row of the report that it belongs to: `ffmpeg.missing`, `comfyui.unreachable`. */
export interface Problem {
  id: string;
  severity: Severity;
  what: string;
  cure: string;
}

export interface ProgramFacts {
  program: string;
  /** Null: not found, or it does not start. */
  version: string | null;
}

export interface FolderFacts {
  name: 'temporary' | 'weights';
  path: string;
  freeMb: number;
  isWritable: boolean;
}

export interface MachineFacts {
  node: string;
  cpu: { name: string; cores: number };
  /** Within the limit of the container, where there is one. */
  memory: { totalMb: number; freeMb: number };
  folders: FolderFacts[];
  ffmpeg: ProgramFacts;
  ffprobe: ProgramFacts;
}

export interface OnnxFacts {
  mode: 'auto' | 'on' | 'cpu' | 'off';
  /** Null: the engine did not open, or is switched off. */
  version: string | null;
  provider: 'cuda' | 'cpu' | null;
  /** Execution providers that the installed library was built with. */
  providers: string[];
  /** Why not CUDA; null when it is, or when the engine is off. */
  note: string | null;
  /** Why it did not open. */
  reason: string | null;
}

export interface Pack {
  name: string;
  url: string;
}

export interface ComfyuiFacts {
  url: string;
  hasCommand: boolean;
  dir: string | null;
  /** `models` lies in `dir`; null without `dir`. */
  hasModelsFolder: boolean | null;
  isReachable: boolean;
  /** The doctor started it by the command, and ended it again. */
  wasStarted: boolean;
  /** Why it is out of reach. */
  reason: string | null;
  version: string | null;
  devices: { name: string; vramMb: number; vramFreeMb: number }[];
  /** Node classes beyond core that it lacks, and what needs them. */
  missing: { node: string; pack: Pack; for: string }[];
  /** `missing`: core classes that it lacks. */
  families: { name: string; operations: readonly string[]; missing: string[] }[];
  /** Folder → files, as its own lists say. */
  models: Record<string, string[]>;
}

export interface WeightsFacts {
  folder: string;
  maxBytes: number;
  /** Of all boxes on this machine that share the folder. */
  files: number;
  bytes: number;
  /** Files whose digest was computed now; the others were only counted. */
  verified: number;
  /** Files that are not what their name says. */
  corrupt: string[];
}

/** Of a command only what is judged: its other words may be nobody's business. */
export interface CommandFacts {
  program: string;
  isFound: boolean;
  /** What follows `--port`. */
  port: string | null;
}

export interface SettingsFacts {
  /** Sentences of `config/settings.ts` about values that cannot be read. */
  faults: string[];
  /** Variables that are set. */
  given: string[];
  slots: number | null;
  spotGraceMs: number;
  onnxBudgetMb: number | null;
  weightsMaxBytes: number;
  comfyui: { url: string; command: CommandFacts | null; dir: string | null } | null;
}

/** A tiny task that an engine was given. */
export interface TrialFacts {
  engine: 'builtin' | 'onnx' | 'comfyui';
  what: string;
  ms: number;
  /** Null: it went well. */
  reason: string | null;
}

export interface BoxFacts {
  machine: MachineFacts;
  gpu: GpuInspection;
  settings: SettingsFacts;
  weights: WeightsFacts;
  onnx: OnnxFacts;
  /** Null: not set up. */
  comfyui: ComfyuiFacts | null;
  trials: TrialFacts[];
}
