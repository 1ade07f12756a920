/** Gathers what the machine is: no rule here. */
import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import { cpus, freemem, tmpdir, totalmem } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { SurveyedSettings } from '../config/settings.js';
import type { CommandFacts, FolderFacts, MachineFacts, ProgramFacts, SettingsFacts } from './facts.js';

const MEBI = 2 ** 20;

export async function lookAtMachine({ settings, ffprobe }: SurveyedSettings): Promise<MachineFacts> {
  const list = cpus();
  return {
    node: process.versions.node,
    cpu: { name: list[0]?.model.trim() || process.arch, cores: list.length },
    memory: await memory(),
    folders: await Promise.all([folder('temporary', tmpdir()), folder('weights', settings.weightsDir)]),
    ffmpeg: await programOf(settings.ffmpeg),
    ffprobe: await programOf(ffprobe),
  };
}

export function settingsFacts({ settings, faults, given, path }: SurveyedSettings): SettingsFacts {
  const { slots, spotGraceMs, onnx, weightsMaxBytes, comfyui } = settings;
  const shown = [...given].filter((name) => /^(ATELIER|FFMPEG|FFPROBE)_/.test(name)).sort();
  const command = comfyui?.command ? commandFacts(comfyui.command, comfyui.dir, path) : null;
  return { faults, given: shown, slots, spotGraceMs, onnxBudgetMb: onnx.budgetMb, weightsMaxBytes, comfyui: comfyui && { ...comfyui, command } };
}

function commandFacts(command: readonly string[], dir: string | null, path: string): CommandFacts {
  const program = command[0]!;
  const at = command.findIndex((word) => word === '--port' || word.startsWith('--port='));
  const port = at < 0 ? null : (command[at]!.split('=')[1] ?? command[at + 1] ?? null);
  return { program, isFound: isProgram(program, dir, path), port };
}

async function memory(): Promise<MachineFacts['memory']> {
  const limit = process.constrainedMemory();
  const total = limit > 0 && limit < totalmem() ? limit : totalmem();
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(await readFile('/proc/meminfo', 'utf8').catch(() => ''));
  const free = available ? Number(available[1]) * 1024 : freemem();
  return { totalMb: Math.round(total / MEBI), freeMb: Math.round(Math.min(free, total) / MEBI) };
}

/** One that is not there yet is judged by the folder that it would be made in. */
async function folder(name: FolderFacts['name'], path: string): Promise<FolderFacts> {
  let there = path;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  const disk = await statfs(there).catch(() => null);
  return { name, path, freeMb: disk ? Math.floor((disk.bavail * disk.bsize) / MEBI) : 0, isWritable: may(there, constants.W_OK | constants.X_OK) };
}

/** ffmpeg and ffprobe say `ffmpeg version 6.1.1 Copyright …`. */
function programOf(program: string): Promise<ProgramFacts> {
  return new Promise((resolve) => {
    execFile(program, ['-version'], { timeout: 5_000 }, (error, stdout) => {
      const version = error ? null : (/version (\S+)/.exec(stdout)?.[1] ?? 'unknown');
      resolve({ program, version });
    });
  });
}

function isProgram(word: string, cwd: string | null, path: string): boolean {
  if (word.includes('/')) return may(word.startsWith('/') || cwd === null ? word : join(cwd, word), constants.X_OK);
  return path.split(delimiter).some((each) => may(join(each, word), constants.X_OK));
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
