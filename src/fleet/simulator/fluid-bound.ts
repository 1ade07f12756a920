import highs from 'highs';

// The package's types say CommonJS, what it exports to modules is the function itself.
const loadHighs = highs as unknown as typeof highs.default;

/** Bins of the linear program at most: 3,000 are solved in about a second. */
const BINS_MAX = 3000;
const BIN_MIN_MS = 60_000;

/**
 * LB2: a lower bound for every fleet that makes nobody wait longer than `waitMs`. A linear program over bins of time: boxes may be fractions, launches cost a
 * restart, and what has been served lies between what could have been (everybody at once) and what had to be (everybody `waitMs` later).
 * @returns milliseconds of box time
 */
export async function fluidBoundMs(tasks: readonly { arrivalMs: number; workMs: number }[], restartMs: number, waitMs: number): Promise<number> {
  const endMs = tasks.reduce((latest, { arrivalMs, workMs }) => Math.max(latest, arrivalMs + workMs), 0);
  const binMs = Math.max(BIN_MIN_MS, Math.ceil(endMs / BINS_MAX));
  const bins = Math.ceil(endMs / binMs) + Math.ceil(waitMs / binMs);
  const served = servedAtOnce(tasks, binMs, bins);
  const late = Math.ceil(waitMs / binMs);
  const restart = restartMs / binMs;
  const terms: string[] = [];
  const rules: string[] = [];
  const bounds: string[] = [];
  for (let b = 0; b < bins; b++) {
    terms.push(`n${b} + ${restart} l${b}`);
    rules.push(b === 0 ? 's0 - n0 <= 0' : `s${b} - s${b - 1} - n${b} <= 0`, b === 0 ? 'n0 - l0 <= 0' : `n${b} - n${b - 1} - l${b} <= 0`);
    if (b > 0) rules.push(`s${b - 1} - s${b} <= 0`);
    // The last bins may not end with work undone.
    const due = b === bins - 1 ? served[b]! : (served[b - late] ?? 0);
    bounds.push(`${due} <= s${b} <= ${served[b]!}`);
  }
  const program = ['Minimize', `cost: ${terms.join('\n + ')}`, 'Subject To', ...rules, 'Bounds', ...bounds, 'End'].join('\n');
  const { ObjectiveValue, Status } = (await loadHighs()).solve(program);
  if (Status !== 'Optimal') throw new Error(`the bound could not be computed: ${Status}`);
  return ObjectiveValue * binMs;
}

/** Work that would be done by the end of each bin if nobody waited, in bins of one box. */
function servedAtOnce(tasks: readonly { arrivalMs: number; workMs: number }[], binMs: number, bins: number): Float64Array {
  const served = new Float64Array(bins);
  for (const { arrivalMs, workMs } of tasks) {
    const endMs = arrivalMs + workMs;
    for (let b = Math.floor(arrivalMs / binMs); b * binMs < endMs; b++)
      served[b]! += (Math.min(endMs, (b + 1) * binMs) - Math.max(arrivalMs, b * binMs)) / binMs;
  }
  for (let b = 1; b < bins; b++) served[b]! += served[b - 1]!;
  return served;
}
