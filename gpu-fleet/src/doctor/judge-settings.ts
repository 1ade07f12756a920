/** Rules about settings that cannot be read or contradict each other, and about the cache of weights. Pure. */
import type { BoxFacts, Problem, SettingsFacts, WeightsFacts } from './facts.js';

/** A Spot notice comes so long before the end. */
const SPOT_NOTICE_MS = 120_000;

type SettingsView = Omit<BoxFacts, 'trials' | 'weights'>;

const say = (when: boolean, id: string, severity: Problem['severity'], what: string, cure: string): Problem[] =>
  when ? [{ id: `settings.${id}`, severity, what, cure }] : [];

export function judgeSettings(facts: SettingsView): Problem[] {
  const { settings, comfyui } = facts;
  return [
    ...settings.faults.map((fault, i): Problem => ({ id: `settings.unreadable-${i + 1}`, severity: 'error', ...halves(fault) })),
    ...judgeJoining(settings),
    ...(settings.comfyui ? judgeComfyuiSettings(settings.comfyui, comfyui?.hasModelsFolder ?? null) : []),
    ...judgeOnnxBudget(facts),
    ...judgeSlots(facts),
  ];
}

/** What is set for nothing, or against the provider's clock. */
function judgeJoining({ given, comfyui, spotGraceMs }: SettingsFacts): Problem[] {
  const has = (name: string): boolean => given.includes(name);
  return [
    ...say(
      has('ATELIER_COMFYUI_DIR') && comfyui === null,
      'comfyui-dir-alone',
      'warning',
      'ATELIER_COMFYUI_DIR is set, but neither ATELIER_COMFYUI_URL nor ATELIER_COMFYUI_COMMAND: ComfyUI is not used.',
      'Set ATELIER_COMFYUI_URL where it listens, or ATELIER_COMFYUI_COMMAND.',
    ),
    ...say(
      (has('ATELIER_BOOTSTRAP_SECRET') || has('ATELIER_NONCE')) && !has('ATELIER_URL'),
      'secrets-alone',
      'warning',
      'There are credentials, but no ATELIER_URL to use them with.',
      'Set ATELIER_URL to the address of the server.',
    ),
    ...say(
      spotGraceMs > SPOT_NOTICE_MS,
      'spot-grace',
      'warning',
      `ATELIER_SPOT_GRACE_MS is ${spotGraceMs}, but the machine is gone ${SPOT_NOTICE_MS} ms after its notice: work is lost instead of handed back.`,
      'Set it to 100000 or less.',
    ),
  ];
}

function judgeOnnxBudget({ settings: { onnxBudgetMb }, onnx, gpu, machine }: SettingsView): Problem[] {
  if (onnxBudgetMb === null) return [];
  const memoryMb = onnx.provider === 'cuda' ? (gpu.gpus[0]?.vramMb ?? 0) : machine.memory.totalMb;
  return [
    ...say(onnx.mode === 'off', 'onnx-budget-off', 'note', 'ATELIER_ONNX_BUDGET_MB is set, but ATELIER_ONNX=off.', 'Remove one of the two.'),
    ...say(
      onnx.version !== null && onnxBudgetMb > memoryMb,
      'onnx-budget',
      'warning',
      `ATELIER_ONNX_BUDGET_MB is ${onnxBudgetMb}, more than the ${memoryMb} MB there are: models will be killed instead of taking turns.`,
      `Set it below ${memoryMb}.`,
    ),
  ];
}

function judgeSlots({ settings: { slots, comfyui }, gpu, machine: { cpu } }: SettingsView): Problem[] {
  if (slots === null) return [];
  return [
    ...say(
      gpu.gpus.length === 0 && slots > cpu.cores,
      'slots-cores',
      'warning',
      `ATELIER_SLOTS is ${slots}, with ${cpu.cores} processor cores: tasks slow each other down.`,
      `Set it to at most ${cpu.cores}.`,
    ),
    ...say(
      slots > 1 && comfyui !== null,
      'slots-comfyui',
      'note',
      `ATELIER_SLOTS is ${slots}, and ComfyUI works on one prompt at a time: a second diffusion task waits in its slot, metered as loading.`,
      'Use one slot on boxes for diffusion.',
    ),
  ];
}

function judgeComfyuiSettings({ url, command, dir }: NonNullable<SettingsFacts['comfyui']>, hasModelsFolder: boolean | null): Problem[] {
  const problems: Problem[] = [];
  const add = (id: string, severity: Problem['severity'], what: string, cure: string): void =>
    void problems.push({ id: `settings.${id}`, severity, what, cure });
  const address = URL.canParse(url) ? new URL(url) : null;
  if (!address || !/^https?:$/.test(address.protocol))
    add('comfyui-url', 'error', `ATELIER_COMFYUI_URL is “${url}”, which is no http address.`, 'Write it like http://127.0.0.1:8188.');
  else if (command && !isLoopback(address.hostname))
    add(
      'comfyui-elsewhere',
      'error',
      `ATELIER_COMFYUI_COMMAND starts ComfyUI on this machine, but ATELIER_COMFYUI_URL points to ${address.hostname}.`,
      'Point ATELIER_COMFYUI_URL to 127.0.0.1, or remove the command.',
    );
  const port = command?.port ?? null;
  if (address && port !== null && port !== (address.port || '80'))
    add(
      'comfyui-port',
      'error',
      `The command lets ComfyUI listen on port ${port}, ATELIER_COMFYUI_URL says ${address.port || '80'}.`,
      'Make the two ports equal.',
    );
  if (command?.isFound === false)
    add(
      'comfyui-command',
      'error',
      `ATELIER_COMFYUI_COMMAND starts “${command.program}”, which is no program here.`,
      'Give its whole path, such as that of the Python of ComfyUI’s environment.',
    );
  if (dir === null)
    add(
      'comfyui-no-dir',
      'error',
      'ComfyUI is set up without ATELIER_COMFYUI_DIR: the agent cannot give it the weights of any task.',
      'Set ATELIER_COMFYUI_DIR to the folder that ComfyUI runs in, the one with `models`.',
    );
  else if (hasModelsFolder === false)
    add('comfyui-dir', 'error', `ATELIER_COMFYUI_DIR is ${dir}, which has no folder “models”.`, 'Set it to the folder that ComfyUI runs in.');
  return problems;
}

export function judgeWeights({ folder, maxBytes, bytes, corrupt }: WeightsFacts, freeMb: number): Problem[] {
  const gb = (value: number): string => `${(value / 1e9).toFixed(1)} GB`;
  const problems: Problem[] = corrupt.map((file) => ({
    id: 'weights.corrupt',
    severity: 'warning',
    what: `${file} is not the file its name says: a disk or a transfer damaged it.`,
    cure: 'Delete it. The agent fetches it again when a task needs it.',
  }));
  const roomBytes = bytes + freeMb * 1e6;
  if (bytes > maxBytes)
    problems.push({
      id: 'weights.over-cap',
      severity: 'warning',
      what: `${folder} holds ${gb(bytes)}, above the ${gb(maxBytes)} of ATELIER_WEIGHTS_MAX_GB.`,
      cure: 'Raise it, or do nothing: each box lets the least recently used files go before it fetches another. Several boxes have a cap each.',
    });
  else if (maxBytes > roomBytes)
    problems.push({
      id: 'weights.disk',
      severity: 'note',
      what: `ATELIER_WEIGHTS_MAX_GB allows ${gb(maxBytes)}, the disk has room for ${gb(roomBytes)}: the disk is the limit.`,
      cure: `Set ATELIER_WEIGHTS_MAX_GB to ${Math.max(1, Math.floor((roomBytes / 1e9) * 0.9))}, or ATELIER_WEIGHTS_DIR to a larger disk.`,
    });
  return problems;
}

/** `NAME is so: do that.` → what and cure. */
function halves(fault: string): { what: string; cure: string } {
  const at = fault.indexOf(': ');
  if (at < 0) return { what: fault, cure: 'Correct it or remove it.' };
  const cure = fault.slice(at + 2);
  return { what: `${fault.slice(0, at)}.`, cure: cure[0]!.toUpperCase() + cure.slice(1) };
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127\./.test(host);
