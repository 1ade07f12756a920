/** Rules about processor, memory, disks, ffmpeg and GPU. Pure. */
import type { GpuInspection } from '../gpu/probe.js';
import type { BoxFacts, FolderFacts, MachineFacts, Problem } from './facts.js';

const NODE_LEAST = [20, 19] as const;
const MEMORY_LEAST_MB = 2_000;
const DISK_FAIL_MB = 500;
const DISK_WARN_MB = 5_000;
/** Share of the card's memory that others may hold before it is worth a word. */
const VRAM_TAKEN = 0.5;
/** After these the card does no more work until it is reset or replaced: memory errors, a lost bus, a dead GSP (NVIDIA's list of Xid errors). */
const FATAL_XIDS = new Set([48, 62, 63, 64, 74, 79, 95, 119, 120, 140]);

export function judgeMachine(machine: MachineFacts, given: readonly string[]): Problem[] {
  return [...judgeNode(machine), ...judgeMemory(machine), ...machine.folders.flatMap(judgeFolder), ...judgePrograms(machine, given)];
}

function judgeNode({ node }: MachineFacts): Problem[] {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  if (major > NODE_LEAST[0] || (major === NODE_LEAST[0] && minor >= NODE_LEAST[1])) return [];
  return [
    { id: 'node.old', severity: 'error', what: `This is Node ${node}; the agent needs ${NODE_LEAST.join('.')} or newer.`, cure: 'Install a newer Node.' },
  ];
}

function judgeMemory({ memory: { totalMb, freeMb } }: MachineFacts): Problem[] {
  if (totalMb < MEMORY_LEAST_MB)
    return [
      {
        id: 'memory.small',
        severity: 'warning',
        what: `The machine, or its container, has ${totalMb} MB of memory: large pictures will not fit.`,
        cure: `Give the box at least ${MEMORY_LEAST_MB} MB, 4000 MB for pictures of 4096 × 4096.`,
      },
    ];
  if (freeMb >= MEMORY_LEAST_MB / 4) return [];
  return [{ id: 'memory.taken', severity: 'warning', what: `Only ${freeMb} MB of memory are free.`, cure: 'End what else runs on this machine.' }];
}

function judgeFolder({ name, path, freeMb, isWritable }: FolderFacts): Problem[] {
  const variable = name === 'weights' ? 'ATELIER_WEIGHTS_DIR' : 'TMPDIR';
  if (!isWritable)
    return [
      {
        id: `disk.${name}-read-only`,
        severity: 'error',
        what: `The agent may not write to its ${name} folder ${path}.`,
        cure: `Give its user the right to write there, or set ${variable} to another folder.`,
      },
    ];
  if (freeMb >= DISK_WARN_MB) return [];
  const isFull = freeMb < DISK_FAIL_MB;
  return [
    {
      id: `disk.${name}-${isFull ? 'full' : 'low'}`,
      severity: isFull ? 'error' : 'warning',
      what: `The disk of the ${name} folder ${path} has ${freeMb} MB left.`,
      cure: `Make room, or set ${variable} to a folder on a larger disk.`,
    },
  ];
}

function judgePrograms({ ffmpeg, ffprobe }: MachineFacts, given: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  if (ffmpeg.version === null) {
    const isNamed = given.includes('FFMPEG_PATH');
    problems.push({
      id: 'ffmpeg.missing',
      severity: isNamed ? 'error' : 'warning',
      what: `${isNamed ? `FFMPEG_PATH is ${ffmpeg.program}, which does not start` : 'There is no ffmpeg'}: video, interpolate and propagate-mask fail on this box.`,
      cure: 'Install ffmpeg (apt-get install ffmpeg), or set FFMPEG_PATH to it.',
    });
  }
  if (ffprobe.version === null)
    problems.push({
      id: 'ffprobe.missing',
      severity: 'note',
      what: 'There is no ffprobe. The agent does without; a server on this machine could not read films that people upload.',
      cure: 'Nothing for a box; for a server install ffmpeg, which brings it, or set FFPROBE_PATH.',
    });
  return problems;
}

export function judgeGpu({ gpu, onnx, comfyui }: Pick<BoxFacts, 'gpu' | 'onnx' | 'comfyui'>): Problem[] {
  if (gpu.tool === 'failed')
    return [
      {
        id: 'gpu.tool-failed',
        severity: 'error',
        what: `nvidia-smi is here and shows no GPU${gpu.said ? ` (${gpu.said})` : ''}.`,
        cure: 'Load or reinstall the NVIDIA driver and restart the machine; in a container, pass the GPU in. Without a card, remove nvidia-smi.',
      },
      ...judgeXid(gpu),
    ];
  if (gpu.tool === 'missing')
    return [
      {
        id: 'gpu.none',
        severity: 'note',
        what:
          'There is no NVIDIA GPU: this box registers as class CPU. The builtin engine and ONNX models run on the processor; ' +
          `diffusion (${comfyui ? 'ComfyUI is set up, but will take minutes a picture' : 'pictures and clips from words'}) does not.`,
        cure: 'For diffusion use a machine with an NVIDIA GPU whose driver brings nvidia-smi.',
      },
    ];
  const isIdle = onnx.provider !== 'cuda' && comfyui === null;
  return [...judgeXid(gpu), ...judgeMemoryTaken(gpu), ...judgeCount(gpu), ...(isIdle ? [IDLE] : [])];
}

const IDLE: Problem = {
  id: 'gpu.idle',
  severity: 'warning',
  what: 'There is a GPU that no engine uses: this box registers as class CPU.',
  cure: 'Set ATELIER_COMFYUI_URL or ATELIER_COMFYUI_COMMAND for diffusion, or make onnxruntime use CUDA.',
};

function judgeXid({ xid }: GpuInspection): Problem[] {
  if (xid === null) return [];
  const isFatal = FATAL_XIDS.has(xid);
  return [
    {
      id: 'gpu.xid',
      severity: isFatal ? 'error' : 'warning',
      what: `The kernel log's last GPU error is Xid ${xid}${isFatal ? ', after which the card does no more work' : ''}.`,
      cure: isFatal
        ? 'Restart the machine; when it comes back, have the card replaced.'
        : 'Look it up in NVIDIA’s list of Xid errors; restart the machine when tasks fail.',
    },
  ];
}

function judgeMemoryTaken({ gpus }: GpuInspection): Problem[] {
  const [first] = gpus;
  if (!first || first.vramUsedMb <= first.vramMb * VRAM_TAKEN) return [];
  return [
    {
      id: 'gpu.memory-taken',
      severity: 'warning',
      what: `${first.vramUsedMb} of the ${first.vramMb} MB of the GPU are in use already.`,
      cure: 'See in nvidia-smi who holds them. A ComfyUI of this box keeps its models; anything else takes room from the tasks.',
    },
  ];
}

function judgeCount({ gpus }: GpuInspection): Problem[] {
  if (gpus.length < 2) return [];
  return [
    {
      id: 'gpu.several',
      severity: 'note',
      what: `There are ${gpus.length} GPUs; an agent reports the first one only.`,
      cure: 'Run one container an agent, each with one GPU passed in.',
    },
  ];
}
