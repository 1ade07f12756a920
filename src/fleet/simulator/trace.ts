import type { SimulationResult } from './simulation.js';

/**
 * Every box and every task as one JSON object a line, so that another program can work out cost, C0 and waits. Seconds since the beginning of the demand:
 * `{"kind":"box","id","launched","ready","ended"}` (ready null: never) and
 * `{"kind":"task","index","tenant","tier","model","gpuSeconds","arrived","started","ended"}`; started: weights loaded, work begins.
 */
export function* traceLines({ boxes, tasks, startMs }: SimulationResult, models: readonly string[]): Generator<string> {
  const at = (ms: number): number | null => (Number.isNaN(ms) ? null : Math.round(ms - startMs) / 1000);
  for (const { id, launchedMs, readyMs, endedMs } of boxes)
    yield JSON.stringify({ kind: 'box', id, launched: at(launchedMs), ready: at(readyMs), ended: at(endedMs) });
  for (const { demand, arrivalMs, startedMs, endedMs } of tasks)
    yield JSON.stringify({
      ...{ kind: 'task', index: demand.index, tenant: demand.tenant, tier: demand.tier, model: models[demand.model] },
      ...{ gpuSeconds: demand.workMs / 1000, arrived: at(arrivalMs), started: at(startedMs), ended: at(endedMs) },
    });
}
