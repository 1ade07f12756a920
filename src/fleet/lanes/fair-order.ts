/**
 * Start-time fair queueing on two levels: tiers share by weight, tenants inside a tier equally. Pure; one `Turns` is the state of one pool.
 *
 *   start = max(V, F)   F = start + cost ÷ weight   V = start of the last one picked
 *
 * once among the tiers of the pool, once among the tenants of the tier that is picked. Cost is estimated milliseconds × list rate of the class.
 * After the run F is corrected by (actual − estimate). An interrupted task gave its cost back and kept its start tags: it is picked by those, which
 * are older than everybody else's.
 */
export interface WaitingTask {
  id: string;
  jobId: string;
  cost: number;
  /** Jobs of its tenant that may run at once; null: any number. */
  runningCap: number | null;
  /** Start tags of an earlier, interrupted attempt. */
  kept: { tierTag: number; tag: number } | null;
}

/** One tenant's line in one tier, in order. */
export interface Flow {
  tierWeight: number;
  tenantId: string;
  activeJobs: readonly string[];
  tasks: readonly WaitingTask[];
  /** True: the line goes on beyond `tasks`. */
  more: boolean;
}

export interface Turns {
  /** Virtual time among the tiers. */
  v: number;
  /** By weight: finish tag of the tier, and virtual time among its tenants. */
  tiers: Map<number, { f: number; v: number }>;
  /** By `flowKey`: finish tag of the tenant inside its tier. */
  tenants: Map<string, number>;
}

export interface Picked {
  id: string;
  tierTag: number;
  tag: number;
  cost: number;
}

export const flowKey = (flow: { tierWeight: number; tenantId: string }): string => `${flow.tierWeight}/${flow.tenantId}`;

interface Line {
  key: string;
  weight: number;
  tenantId: string;
  tasks: WaitingTask[];
  more: boolean;
}

/**
 * Picks up to `room` tasks and moves the turns on. Stops early when the line whose turn it is goes on beyond what was loaded: the caller then writes what was
 * picked and asks again.
 */
export function pickFair(turns: Turns, flows: readonly Flow[], room: number): { picked: Picked[]; again: boolean } {
  const active = new Map<string, Set<string>>();
  for (const { tenantId, activeJobs } of flows) {
    const jobs = active.get(tenantId);
    if (jobs) for (const job of activeJobs) jobs.add(job);
    else active.set(tenantId, new Set(activeJobs));
  }
  const lines = flows.map((flow): Line => ({
    key: flowKey(flow),
    weight: flow.tierWeight,
    tenantId: flow.tenantId,
    tasks: flow.tasks.slice(),
    more: flow.more,
  }));
  const picked: Picked[] = [];
  while (picked.length < room) {
    const next = nextTurn(turns, lines, active);
    if (!next) return { picked, again: false };
    if (next === 'unloaded') return { picked, again: picked.length > 0 };
    const { line, task } = next;
    line.tasks.splice(line.tasks.indexOf(task), 1);
    active.get(line.tenantId)!.add(task.jobId);
    picked.push(serve(turns, line, task));
  }
  return { picked, again: false };
}

/**
 * The lines that can possibly be served within `room` turns: of each tier, the `room` whose start is the smallest. Starts only grow, so no other line can
 * come before these.
 */
export function nextLines<L extends { tierWeight: number; tenantId: string; head: { tag: number | null } }>(
  turns: Turns,
  lines: readonly L[],
  room: number,
): L[] {
  const starts = new Map(
    lines.map((line) => [line, line.head.tag ?? Math.max(turns.tiers.get(line.tierWeight)?.v ?? 0, turns.tenants.get(flowKey(line)) ?? 0)]),
  );
  const tiers = new Set(lines.map((line) => line.tierWeight));
  return [...tiers].flatMap((weight) =>
    lines
      .filter((line) => line.tierWeight === weight)
      .sort((a, b) => starts.get(a)! - starts.get(b)! || (a.tenantId < b.tenantId ? -1 : 1))
      .slice(0, room),
  );
}

/** Adds to (or takes from) the service that a tenant, and with it its tier, has had. */
export function correct(turns: Turns, flow: { tierWeight: number; tenantId: string }, delta: number): void {
  const tier = tierOf(turns, flow.tierWeight);
  const key = flowKey(flow);
  turns.tenants.set(key, (turns.tenants.get(key) ?? tier.v) + delta);
  tier.f += delta / flow.tierWeight;
}

function tierOf(turns: Turns, weight: number): { f: number; v: number } {
  let tier = turns.tiers.get(weight);
  if (!tier) turns.tiers.set(weight, (tier = { f: turns.v, v: 0 }));
  return tier;
}

/** First task of a line that the tenant's running cap lets through: one of a job that runs, or any while fewer jobs run than may. */
function eligible(line: Line, active: ReadonlyMap<string, ReadonlySet<string>>): WaitingTask | undefined {
  const jobs = active.get(line.tenantId)!;
  return line.tasks.find((task) => task.runningCap === null || jobs.size < task.runningCap || jobs.has(task.jobId));
}

interface Turn {
  line: Line;
  /** Undefined: the line goes on, but its loaded tasks are used up or held back. */
  task: WaitingTask | undefined;
  tierStart: number;
  start: number;
}

function nextTurn(
  turns: Turns,
  lines: readonly Line[],
  active: ReadonlyMap<string, ReadonlySet<string>>,
): { line: Line; task: WaitingTask } | 'unloaded' | undefined {
  let best: Turn | undefined;
  for (const line of lines) {
    const task = eligible(line, active);
    if (!task && !line.more) continue;
    const tier = tierOf(turns, line.weight);
    const turn = {
      line,
      task,
      tierStart: task?.kept?.tierTag ?? Math.max(turns.v, tier.f),
      start: task?.kept?.tag ?? Math.max(tier.v, turns.tenants.get(line.key) ?? 0),
    };
    if (!best || before(turn, best)) best = turn;
  }
  if (!best) return undefined;
  return best.task ? { line: best.line, task: best.task } : 'unloaded';
}

/** Smaller start first: among tiers (the heavier one between equals), then among the tenants of a tier (by id between equals, so that order is one). */
function before(a: Turn, b: Turn): boolean {
  if (a.tierStart !== b.tierStart) return a.tierStart < b.tierStart;
  if (a.line.weight !== b.line.weight) return a.line.weight > b.line.weight;
  if (a.start !== b.start) return a.start < b.start;
  return a.line.tenantId < b.line.tenantId;
}

function serve(turns: Turns, line: Line, task: WaitingTask): Picked {
  const tier = tierOf(turns, line.weight);
  const f = turns.tenants.get(line.key) ?? 0;
  if (task.kept) {
    // Its cost was given back; charge it again where the books stand now.
    tier.f += task.cost / line.weight;
    turns.tenants.set(line.key, Math.max(f, task.kept.tag) + task.cost);
    return { id: task.id, ...task.kept, cost: task.cost };
  }
  const tierTag = Math.max(turns.v, tier.f);
  const tag = Math.max(tier.v, f);
  turns.v = tierTag;
  tier.f = tierTag + task.cost / line.weight;
  tier.v = tag;
  turns.tenants.set(line.key, tag + task.cost);
  return { id: task.id, tierTag, tag, cost: task.cost };
}
