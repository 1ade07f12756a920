/** Facts and problems → what a person reads. Pure. */
import type { BoxFacts, Problem, Severity } from './facts.js';

const MARKS: Readonly<Record<Severity | 'fine', string>> = { fine: 'ok', note: 'note', warning: 'warn', error: 'FAIL' };
const WORST = ['error', 'warning', 'note'] as const;

type Row = readonly [subject: string, text: string];

export function reportOf(facts: BoxFacts, problems: readonly Problem[]): string {
  const sections: [string, Row[]][] = [
    ['Machine', machineRows(facts)],
    ['GPU', [gpuRow(facts)]],
    ['Engines', engineRows(facts)],
    ['Files and settings', [weightsRow(facts), settingsRow(facts)]],
  ];
  const tables = sections.map(([title, rows]) => [title, ...rows.map((row) => line(row, problems))].join('\n'));
  return [...tables, advice(problems), verdict(problems)].filter((part) => part !== '').join('\n\n');
}

function line([subject, text]: Row, problems: readonly Problem[]): string {
  const own = problems.filter(({ id }) => id.startsWith(`${subject}.`));
  const worst = WORST.find((severity) => own.some((problem) => problem.severity === severity)) ?? 'fine';
  return `  ${MARKS[worst].padEnd(4)}  ${subject.padEnd(9)} ${text}`;
}

function advice(problems: readonly Problem[]): string {
  if (problems.length === 0) return '';
  return ['What to do', ...problems.map(({ severity, what, cure }) => `  ${MARKS[severity].padEnd(4)}  ${what}\n        → ${cure}`)].join('\n');
}

function verdict(problems: readonly Problem[]): string {
  const count = (severity: Severity): number => problems.filter((problem) => problem.severity === severity).length;
  const [errors, warnings] = [count('error'), count('warning')];
  if (errors > 0) return `This box does not work as it is set up: ${errors} to mend, ${warnings} to look at.`;
  return warnings > 0 ? `This box works; ${warnings} to look at.` : 'This box works.';
}

const gb = (mb: number): string => `${(mb / 1024).toFixed(1)} GB`;

function machineRows({ machine: { node, cpu, memory, folders, ffmpeg, ffprobe } }: BoxFacts): Row[] {
  return [
    ['node', node],
    ['cpu', `${cpu.cores} × ${cpu.name}`],
    ['memory', `${gb(memory.totalMb)}, ${gb(memory.freeMb)} free`],
    ['disk', folders.map(({ name, path, freeMb }) => `${gb(freeMb)} free for ${name} files (${path})`).join(', ')],
    ['ffmpeg', ffmpeg.version ?? 'not found'],
    ['ffprobe', ffprobe.version ?? 'not found'],
  ];
}

function gpuRow({ gpu }: BoxFacts): Row {
  const cards = gpu.gpus.map(
    (card) => `${card.name}, class ${card.class}, ${gb(card.vramMb)} of which ${gb(card.vramMb - card.vramUsedMb)} free, driver ${card.driver ?? 'unknown'}`,
  );
  const health = gpu.xid === null ? 'no Xid heard of' : `last Xid ${gpu.xid}`;
  return ['gpu', cards.length > 0 ? `${cards.join('; ')}; ${health}` : gpu.tool === 'failed' ? 'nvidia-smi fails' : 'none, class CPU'];
}

function engineRows({ onnx, comfyui, trials }: BoxFacts): Row[] {
  const trial = (engine: string): string => {
    const one = trials.find((each) => each.engine === engine);
    return one ? ` · ${one.what}: ${one.reason === null ? `${one.ms} ms` : 'failed'}` : '';
  };
  const off = onnx.mode === 'off' ? 'off' : 'not installed';
  const runtime = onnx.version ? `onnxruntime ${onnx.version} on ${onnx.provider} (built for ${onnx.providers.join(', ') || 'unknown'})` : off;
  return [
    ['builtin', `always there${trial('builtin')}`],
    ['onnx', `ATELIER_ONNX=${onnx.mode}: ${runtime}${trial('onnx')}`],
    ['comfyui', `${comfyui ? comfyuiText(comfyui) : 'not set up'}${trial('comfyui')}`],
  ];
}

function comfyuiText({ url, isReachable, wasStarted, version, devices, families, models }: NonNullable<BoxFacts['comfyui']>): string {
  if (!isReachable) return `${url}: no answer`;
  const whole = families.filter(({ missing }) => missing.length === 0).map(({ name }) => name);
  const files = Object.entries(models).flatMap(([folder, names]) => (names.length > 0 ? [`${names.length} ${folder}`] : []));
  return [
    `${url}${wasStarted ? ' (started for this look)' : ''}: ${version ?? 'unknown version'} on ${devices.map(({ name }) => name).join(', ') || 'an unknown device'}`,
    `nodes for ${whole.join(', ') || 'nothing'}`,
    `lists ${files.join(', ') || 'no models'}`,
  ].join('; ');
}

function weightsRow({ weights: { folder, maxBytes, files, bytes, verified, corrupt } }: BoxFacts): Row {
  const size = `${(bytes / 1e9).toFixed(1)} of at most ${(maxBytes / 1e9).toFixed(0)} GB`;
  const checked =
    files === 0 ? '' : `, ${verified} verified${corrupt.length > 0 ? ` and ${corrupt.length} damaged` : ''}${verified < files ? ' (--verify: all)' : ''}`;
  return ['weights', `${folder}: ${files} files, ${size}${checked}`];
}

function settingsRow({ settings: { given } }: BoxFacts): Row {
  return ['settings', given.length > 0 ? given.join(', ') : 'none set, all at their defaults'];
}
