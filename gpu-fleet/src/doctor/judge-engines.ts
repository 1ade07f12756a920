/** Rules about onnxruntime, ComfyUI and the trial runs. Pure. */
import type { BoxFacts, ComfyuiFacts, OnnxFacts, Pack, Problem, TrialFacts } from './facts.js';

/** The first version that keeps the prompt id a client chooses, by which every prompt is followed. */
export const COMFYUI_LEAST = [0, 3, 45] as const;

export function judgeOnnx(onnx: OnnxFacts, hasGpu: boolean): Problem[] {
  const models = 'SAM 2, BiRefNet, LaMa, Real-ESRGAN, GFPGAN and the other ONNX models';
  if (onnx.mode === 'off')
    return [{ id: 'onnx.off', severity: 'note', what: `ATELIER_ONNX=off: ${models} do not run here.`, cure: 'Set ATELIER_ONNX=auto, or leave it so.' }];
  if (onnx.version === null)
    return [
      {
        id: 'onnx.missing',
        severity: onnx.mode === 'auto' ? 'note' : 'error',
        what: `${models} do not run here: ${onnx.reason ?? 'onnxruntime does not load'}`,
        cure: 'Run `npm install onnxruntime-node` where the agent runs, or set ATELIER_ONNX=off.',
      },
    ];
  if (!hasGpu || onnx.provider === 'cuda' || onnx.mode === 'cpu') return [];
  return [
    {
      id: 'onnx.no-cuda',
      severity: 'warning',
      what: `ONNX models run on the processor beside a GPU. ${onnx.note ?? ''}`.trim(),
      cure: 'Install CUDA and cuDNN of the versions that this onnxruntime names, so that the loader finds them (LD_LIBRARY_PATH); or set ATELIER_ONNX=cpu.',
    },
  ];
}

export function judgeComfyui(comfyui: ComfyuiFacts | null, hasGpu: boolean): Problem[] {
  if (!comfyui)
    return [
      {
        id: 'comfyui.off',
        severity: hasGpu ? 'warning' : 'note',
        what: 'No ComfyUI is set up: pictures and clips from words are placeholders that say “simulated”.',
        cure: 'Set ATELIER_COMFYUI_URL where one listens, or ATELIER_COMFYUI_COMMAND to start one, and ATELIER_COMFYUI_DIR to its folder.',
      },
    ];
  if (!comfyui.isReachable)
    return [
      {
        id: 'comfyui.unreachable',
        severity: 'error',
        what: `ComfyUI does not answer at ${comfyui.url}: ${comfyui.reason ?? 'no reason given'}`,
        cure: comfyui.hasCommand
          ? 'Run ATELIER_COMFYUI_COMMAND by hand in ATELIER_COMFYUI_DIR and see what it says; without a GPU it needs --cpu.'
          : 'Start it with `python main.py --listen 127.0.0.1 --preview-method auto` (and `--cpu` without a GPU), set ATELIER_COMFYUI_URL to where it listens, or set ATELIER_COMFYUI_COMMAND so that the agent starts it.',
      },
    ];
  return [...judgeVersion(comfyui), ...judgeNodes(comfyui), ...judgePacks(comfyui), ...judgeDevices(comfyui), ...judgeModels(comfyui)];
}

function judgeVersion({ version }: ComfyuiFacts): Problem[] {
  const cure = 'Update ComfyUI (git pull, then install its requirements again).';
  const numbers = /^v?(\d+)\.(\d+)\.(\d+)/
    .exec(version ?? '')
    ?.slice(1)
    .map(Number);
  const least = COMFYUI_LEAST.join('.');
  if (!numbers)
    return [{ id: 'comfyui.version', severity: 'warning', what: `ComfyUI does not say a version that is known; ${least} is the oldest that works.`, cure }];
  const at = numbers.findIndex((number, i) => number !== COMFYUI_LEAST[i]);
  if (at < 0 || numbers[at]! > COMFYUI_LEAST[at]!) return [];
  return [{ id: 'comfyui.version', severity: 'error', what: `ComfyUI ${version} is too old; ${least} is the oldest that keeps our prompt ids.`, cure }];
}

function judgeNodes({ families }: ComfyuiFacts): Problem[] {
  const broken = families.filter(({ missing }) => missing.length > 0);
  if (broken.length === 0) return [];
  const nodes = [...new Set(broken.flatMap(({ missing }) => missing))].join(', ');
  return [
    {
      id: 'comfyui.core-nodes',
      severity: 'error',
      what: `ComfyUI lacks ${nodes} of its own nodes, so these do not run: ${broken.map(({ name }) => name).join(', ')}.`,
      cure: 'Update ComfyUI, and see in its log which nodes failed to load.',
    },
  ];
}

function judgePacks({ missing }: ComfyuiFacts): Problem[] {
  const packs = new Map<string, { pack: Pack; nodes: string[]; uses: Set<string> }>();
  for (const { node, pack, for: use } of missing) {
    const entry = packs.get(pack.name) ?? { pack, nodes: [], uses: new Set() };
    entry.nodes.push(node);
    entry.uses.add(use);
    packs.set(pack.name, entry);
  }
  return [...packs.values()].map(({ pack, nodes, uses }) => ({
    id: `comfyui.pack.${pack.name}`,
    severity: 'warning' as const,
    what: `ComfyUI lacks ${nodes.join(', ')}, so these do not run: ${[...uses].join(', ')}.`,
    cure: `Install ${pack.name} (git clone ${pack.url} into custom_nodes, then its requirements) and restart ComfyUI.`,
  }));
}

function judgeDevices({ devices }: ComfyuiFacts): Problem[] {
  if (devices.length === 0 || devices.some(({ name }) => !/^cpu/i.test(name))) return [];
  return [
    {
      id: 'comfyui.cpu',
      severity: 'warning',
      what: 'ComfyUI runs on the processor: a picture takes minutes.',
      cure: 'Install a PyTorch with CUDA in its environment, and start it without --cpu.',
    },
  ];
}

function judgeModels({ models, dir }: ComfyuiFacts): Problem[] {
  const bases = [...(models['checkpoints'] ?? []), ...(models['diffusion_models'] ?? [])];
  if (bases.length > 0 || dir === null) return [];
  return [
    {
      id: 'comfyui.no-models',
      severity: 'note',
      what: 'ComfyUI lists no checkpoint and no diffusion model yet.',
      cure: 'Nothing: tasks bring their weights. Import a model in the administration for the first one.',
    },
  ];
}

export function judgeTrials(trials: readonly TrialFacts[]): Problem[] {
  return trials.flatMap(({ engine, what, reason }) =>
    reason === null
      ? []
      : [{ id: `${engine}.trial`, severity: 'error' as const, what: `The ${engine} engine failed at ${what}: ${reason}`, cure: CURES[engine] }],
  );
}

const CURES: Readonly<Record<TrialFacts['engine'], string>> = {
  builtin: 'Install the packages again (npm ci): its picture library sharp may be of another platform.',
  onnx: 'Install onnxruntime-node again, or set ATELIER_ONNX=cpu when CUDA is at fault, ATELIER_ONNX=off to do without.',
  comfyui: 'See in ComfyUI’s log what it says about this prompt; a queue of other prompts must end first.',
};

export const hasGpuOf = ({ gpu }: Pick<BoxFacts, 'gpu'>): boolean => gpu.gpus.length > 0;
