import { InputError } from './input-error.js';

/** One task of the simulated past. Times in milliseconds since the beginning. */
export interface DemandTask {
  index: number;
  arrivalMs: number;
  model: number;
  workMs: number;
  tenant: string;
  /** Weight in the fair order: 1 Free, 2 Standard, 4 Pro, 8 Enterprise. */
  tierWeight: number;
  tier: string;
}
export interface Demand {
  tasks: DemandTask[];
  /** By number. */
  models: string[];
}

const COLUMNS = ['arrival_seconds', 'model', 'gpu_seconds', 'tenant', 'tier'] as const;
const TIERS: Readonly<Record<string, number>> = { free: 1, standard: 2, pro: 4, enterprise: 8 };
const FAULTS_SHOWN = 10;

/**
 * Reads `arrival_seconds,model,gpu_seconds,tenant,tier`, a header first, in any order of columns and rows. A tier is a plan's name or its weight.
 * @throws InputError naming up to ten wrong lines at once
 */
export function parseDemand(text: string, models: string[] = []): Demand {
  const lines = text.split(/\r?\n/);
  const header = (lines[0] ?? '').split(',').map((name) => name.trim().toLowerCase());
  const at = COLUMNS.map((name) => header.indexOf(name));
  const missing = COLUMNS.filter((_, i) => at[i] === -1);
  if (missing.length > 0)
    throw new InputError(`The first line must name the columns ${COLUMNS.join(',')}; ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`);
  const numbers = new Map(models.map((name, i) => [name, i]));
  const tasks: DemandTask[] = [];
  const faults: string[] = [];
  for (let i = 1; i < lines.length; i++) {
    if (lines[i] === '') continue;
    const cells = lines[i]!.split(',');
    const [arrival, name, seconds, tenant, tier] = at.map((column) => (cells[column] ?? '').trim()) as [string, string, string, string, string];
    const arrivalMs = toMs(arrival);
    const workMs = toMs(seconds);
    const tierWeight = TIERS[tier.toLowerCase()] ?? Number(tier);
    if (!(arrivalMs >= 0)) faults.push(`line ${i + 1}: arrival_seconds is “${arrival}”, not a number ≥ 0`);
    if (!(workMs > 0)) faults.push(`line ${i + 1}: gpu_seconds is “${seconds}”, not a number > 0`);
    if (!(tierWeight > 0 && tierWeight <= 1000)) faults.push(`line ${i + 1}: tier is “${tier}”, not one of ${Object.keys(TIERS).join(', ')} nor a weight`);
    if (faults.length > 0) {
      if (faults.length >= FAULTS_SHOWN) break;
      continue;
    }
    let model = numbers.get(name);
    if (model === undefined) {
      numbers.set(name, (model = models.length));
      models.push(name);
    }
    tasks.push({ index: 0, arrivalMs, model, workMs, tenant, tierWeight, tier: tier.toLowerCase() });
  }
  if (faults.length > 0) throw new InputError(faults.join('\n'));
  tasks.sort((a, b) => a.arrivalMs - b.arrivalMs);
  tasks.forEach((task, index) => (task.index = index));
  return { tasks, models };
}

const toMs = (text: string): number => (text === '' ? NaN : Number(text) * 1000);
