import type { GpuClass, TaskKind } from '@atelier/contracts';
import type { PlanLimits } from '../../../billing/plans/index.js';
import type { NewTask, Tasks } from '../../../fleet/tasks/index.js';
import { newId } from '../../../platform/ids/index.js';
import type { Wire } from '../job.entity.js';
import type { TaskPlan } from '../pipeline.port.js';

/** An attempt on a picture may take ten minutes, one on a film thirty. */
const PICTURE_MS = 600_000;
const FILM_MS = 1_800_000;
const FILMS: readonly TaskKind[] = ['video', 'interpolate', 'propagate-mask'];

/** A plan that allows none of them any more ends no work that has begun. */
function allowed(classes: readonly GpuClass[], byPlan: readonly GpuClass[]): readonly GpuClass[] {
  const both = classes.filter((name) => byPlan.includes(name));
  return both.length > 0 ? both : classes;
}

/** What the fleet needs to know of planned tasks, and which of them feed each other. Ids are made in order, so that tasks sort like the outputs. */
export function taskRows(
  fleet: Pick<Tasks, 'learned'>,
  jobId: string,
  plans: readonly TaskPlan[],
  limits: Pick<PlanLimits, 'weight' | 'runningJobs' | 'gpuClasses'>,
): { tasks: NewTask[]; wiring: Wire[] } {
  const tasks = plans.map((plan): NewTask => ({
    id: newId(),
    jobId,
    engine: plan.engine,
    kind: plan.kind,
    parameters: plan.parameters as Record<string, unknown>,
    inputs: plan.inputs.map(({ name, key, sha256, bytes, contentType }) => ({ name, key, sha256, bytes, contentType })),
    weights: plan.weights,
    vramMb: plan.vramMb,
    base: plan.base,
    state: plan.state,
    units: plan.estimateUnits,
    estimateMs: fleet.learned(plan.kind, plan.estimateUnits).expectedMs,
    timeLimitMs: FILMS.includes(plan.kind) ? FILM_MS : PICTURE_MS,
    tierWeight: limits.weight,
    runningCap: limits.runningJobs,
    gpuClasses: allowed(plan.gpuClasses, limits.gpuClasses),
  }));
  const wiring = plans.flatMap((plan, i) => (plan.uses ?? []).map(({ name, from, slot }) => ({ task: tasks[i]!.id, name, from: tasks[from]!.id, slot })));
  return { tasks, wiring };
}
