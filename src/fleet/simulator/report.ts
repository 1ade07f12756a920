import { clairvoyantMs } from './clairvoyant.js';
import { fluidBoundMs } from './fluid-bound.js';
import type { SimTask, SimulationResult } from './simulation.js';

const HOUR_MS = 3_600_000;
/** Longest wait of the fleets that the lower bound speaks of. */
const BOUND_WAIT_MS = 30_000;
/** A tenant with fewer tasks says nothing about fairness. */
const TASKS_FOR_FAIRNESS = 20;

export interface Waits {
  p50: number;
  p95: number;
  p99: number;
}

/** Seconds and dollars; ratios are of cost. */
export interface SimulationReport {
  costUsd: number;
  /** Against a clairvoyant fleet that makes nobody wait. */
  costOverC0: number;
  /** Against a lower bound for all fleets in which nobody waits longer than 30 s. */
  lb2Ratio: number;
  /** From arrival to the beginning of work, loads of weights included. */
  wait: Waits;
  waitByTier: Record<string, Waits>;
  /** Loads of weights per task. */
  switches: number;
  /** Box time of work that was lost with its box. */
  wastedSeconds: number;
  /** Jain's index of the tenants' mean slowdown: 1, all alike. */
  fairness: number;
  tasks: number;
  boxes: number;
  boxSeconds: number;
  workSeconds: number;
  meanBusy: number;
}

export async function reportOf(result: SimulationResult, { pricePerHour, restartMs }: { pricePerHour: number; restartMs: number }): Promise<SimulationReport> {
  const { tasks, boxes } = result;
  const demand = tasks.map((task) => task.demand);
  const boxMs = boxes.reduce((sum, box) => sum + box.endedMs - box.launchedMs, 0);
  const workMs = demand.reduce((sum, task) => sum + task.workMs, 0);
  const tiers = [...new Set(demand.map(({ tier }) => tier))].sort();
  return {
    costUsd: round((boxMs / HOUR_MS) * pricePerHour, 2),
    costOverC0: round(boxMs / clairvoyantMs(demand, restartMs), 4),
    lb2Ratio: round(boxMs / (await fluidBoundMs(demand, restartMs, BOUND_WAIT_MS)), 4),
    wait: waitsOf(tasks),
    waitByTier: Object.fromEntries(tiers.map((tier) => [tier, waitsOf(tasks.filter((task) => task.demand.tier === tier))])),
    switches: round(result.switches / tasks.length, 4),
    wastedSeconds: round(result.wastedMs / 1000, 1),
    fairness: round(fairnessOf(tasks), 4),
    tasks: tasks.length,
    boxes: boxes.length,
    boxSeconds: Math.round(boxMs / 1000),
    workSeconds: Math.round(workMs / 1000),
    meanBusy: round(workMs / Math.max(1, result.endMs - result.startMs), 2),
  };
}

/** All the time a task did not work, until it was done. */
const waitMs = ({ endedMs, arrivalMs, demand }: SimTask): number => Math.max(0, endedMs - arrivalMs - demand.workMs);

function waitsOf(tasks: readonly SimTask[]): Waits {
  const waits = Float64Array.from(tasks, waitMs).sort();
  const at = (share: number): number => round((waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? 0) / 1000, 2);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

function fairnessOf(tasks: readonly SimTask[]): number {
  const tenants = new Map<string, { n: number; slowdown: number }>();
  for (const task of tasks) {
    const tenant = tenants.get(task.tenant) ?? { n: 0, slowdown: 0 };
    tenants.set(task.tenant, { n: tenant.n + 1, slowdown: tenant.slowdown + 1 + waitMs(task) / task.demand.workMs });
  }
  const means = [...tenants.values()].filter(({ n }) => n >= TASKS_FOR_FAIRNESS).map(({ n, slowdown }) => n / slowdown);
  if (means.length === 0) return 1;
  const sum = means.reduce((a, b) => a + b, 0);
  return (sum * sum) / (means.length * means.reduce((a, b) => a + b * b, 0));
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
