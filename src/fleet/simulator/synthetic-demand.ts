import type { DemandTask } from './demand.js';
import { Random } from './random.js';

/**
 * Demand with the statistics of a published production trace of Stable Diffusion requests (24 days of 2024): durations lognormal with mean 28.9 s and a squared
 * coefficient of variation of 0.52, the busiest hour 14.3 % of a day and the quietest near none, one base model of 30.7 % and ten of 86.6 %, a few users who ask
 * for much, requests in short sessions. Only statistics, no data.
 */
const MEAN_S = 28.9;
const CV2 = 0.52;
/** Share of each hour of the day, in thousandths. */
const HOURS = [6, 3, 1, 0, 0, 0, 2, 8, 30, 75, 105, 80, 40, 60, 110, 143, 110, 80, 45, 30, 25, 22, 15, 10];
const TOP_MODELS = [0.307, 0.15, 0.1, 0.085, 0.06, 0.033, 0.033, 0.033, 0.033, 0.033];
const MODELS = 87;
const USERS = 4247;
/** Requests of a session, seconds between two of them, and how often a session stays with its model. */
const SESSION = 3;
const PAUSE_S = 45;
const STAYS = 0.8;
/** Days differ by so much (standard deviation of the logarithm). */
const DAYS_DIFFER = 0.15;
/** Share of users by plan, cumulative. */
const TIERS: readonly [string, number, number][] = [
  ['free', 1, 0.6],
  ['standard', 2, 0.85],
  ['pro', 4, 0.97],
  ['enterprise', 8, 1],
];
const STEPS_PER_HOUR = 4;
const DAY_S = 86_400;

export interface SyntheticSettings {
  days: number;
  /** Boxes that the work keeps busy on average. */
  load: number;
  seed: number;
}

export function syntheticDemand({ days, load, seed }: SyntheticSettings): { tasks: DemandTask[]; models: string[] } {
  const random = new Random(seed);
  const sigma = Math.sqrt(Math.log(1 + CV2));
  const median = MEAN_S / Math.exp((sigma * sigma) / 2);
  const perDay = (load * DAY_S) / MEAN_S;
  const total = HOURS.reduce((a, b) => a + b);
  const tasks: DemandTask[] = [];
  const stepS = 3600 / STEPS_PER_HOUR;
  for (let day = 0; day < days; day++) {
    const busy = random.lognormal(1, DAYS_DIFFER);
    for (let step = 0; step < 24 * STEPS_PER_HOUR; step++) {
      const hour = Math.floor(step / STEPS_PER_HOUR);
      const share = (step % STEPS_PER_HOUR) / STEPS_PER_HOUR;
      const weight = HOURS[hour]! * (1 - share) + HOURS[(hour + 1) % 24]! * share;
      const sessions = (perDay * busy * weight) / total / STEPS_PER_HOUR / SESSION;
      const from = day * DAY_S + step * stepS;
      for (let at = random.exponential(stepS / sessions); at < stepS; at += random.exponential(stepS / sessions)) session(from + at);
    }
  }
  tasks.sort((a, b) => a.arrivalMs - b.arrivalMs);
  tasks.forEach((task, index) => (task.index = index));
  return { tasks, models: Array.from({ length: MODELS }, (_, i) => `model-${i + 1}`) };

  function session(beginS: number): void {
    // A power puts most requests on few users.
    const user = Math.floor(USERS * random.next() ** 2.5);
    const place = (user * 0.618_033_988_75) % 1;
    const [tier, tierWeight] = TIERS.find(([, , upTo]) => place < upTo)!;
    const model = pickModel(random);
    for (let at = beginS, more = true; more; at += 5 + random.exponential(PAUSE_S - 5), more = random.next() < 1 - 1 / SESSION)
      tasks.push({
        ...{ index: 0, arrivalMs: at * 1000, workMs: random.lognormal(median, sigma) * 1000 },
        ...{ model: random.next() < STAYS ? model : pickModel(random), tenant: `tenant-${user + 1}`, tier, tierWeight },
      });
  }
}

function pickModel(random: Random): number {
  let left = random.next();
  for (let i = 0; i < TOP_MODELS.length; i++) if ((left -= TOP_MODELS[i]!) < 0) return i;
  return TOP_MODELS.length + Math.floor(random.next() * (MODELS - TOP_MODELS.length));
}

export function demandCsv(tasks: readonly DemandTask[], models: readonly string[]): string {
  const lines = tasks.map(
    ({ arrivalMs, model, workMs, tenant, tier }) => `${(arrivalMs / 1000).toFixed(3)},${models[model]},${(workMs / 1000).toFixed(3)},${tenant},${tier}`,
  );
  return ['arrival_seconds,model,gpu_seconds,tenant,tier', ...lines, ''].join('\n');
}
