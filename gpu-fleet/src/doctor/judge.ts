/** Facts → problems. Pure: the same facts, the same problems in the same order. */
import type { BoxFacts, Problem } from './facts.js';
import { hasGpuOf, judgeComfyui, judgeOnnx, judgeTrials } from './judge-engines.js';
import { judgeGpu, judgeMachine } from './judge-machine.js';
import { judgeSettings, judgeWeights } from './judge-settings.js';

const ORDER = ['error', 'warning', 'note'] as const;

/** The worst first. */
export function judge(facts: BoxFacts): Problem[] {
  const hasGpu = hasGpuOf(facts);
  const weightsDisk = facts.machine.folders.find(({ name }) => name === 'weights');
  const problems = [
    ...judgeSettings(facts),
    ...judgeMachine(facts.machine, facts.settings.given),
    ...judgeGpu(facts),
    ...judgeOnnx(facts.onnx, hasGpu),
    ...judgeComfyui(facts.comfyui, hasGpu),
    ...judgeWeights(facts.weights, weightsDisk?.freeMb ?? 0),
    ...judgeTrials(facts.trials),
  ];
  return problems.sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}
