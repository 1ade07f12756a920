/**
 * C0: what a fleet would cost that knows the future and makes nobody wait. Tasks are matched to the box that became free last; a gap between two of its tasks
 * costs the cheaper of idling through it and of a restart, and each further box a restart. The yardstick of a policy, not a lower bound: one that lets wait may cost less.
 * @param tasks by arrival
 * @returns milliseconds of box time
 */
export function clairvoyantMs(tasks: readonly { arrivalMs: number; workMs: number }[], restartMs: number): number {
  const ends = Float64Array.from(tasks, ({ arrivalMs, workMs }) => arrivalMs + workMs).sort();
  const free: number[] = [];
  let next = 0;
  let cost = 0;
  for (const { arrivalMs, workMs } of tasks) {
    for (; next < ends.length && ends[next]! <= arrivalMs; next++) free.push(ends[next]!);
    const since = free.pop();
    cost += workMs + (since === undefined ? restartMs : Math.min(arrivalMs - since, restartMs));
  }
  return cost;
}
