/** Reading of `nvidia-smi --query-gpu=… --format=csv,noheader,nounits` and of the kernel's Xid lines; no process is started here. */
import type { GpuClass } from '@atelier/contracts';

export const GPU_QUERY = ['name', 'memory.total', 'driver_version', 'memory.used', 'utilization.gpu'] as const;

export interface GpuFacts {
  class: GpuClass;
  name: string;
  vramMb: number;
  driver: string | null;
  vramUsedMb: number;
  /** 0 … 1. */
  utilisation: number;
}

const CLASSES: readonly [RegExp, GpuClass][] = [
  [/\bH(100|200|20)\b|\bGH200\b|\bB(100|200)\b/i, 'H100'],
  [/\bA100\b/i, 'A100'],
  [/\bA10G?\b/i, 'A10G'],
  [/\bL4\b/i, 'L4'],
  [/\bT4\b/i, 'T4'],
];

/** First GPU of the answer; null when there is none or the tool printed an error instead of a table. */
export function parseGpuQuery(output: string): GpuFacts | null {
  return parseGpuTable(output)[0] ?? null;
}

/** Every GPU of the answer, in its order. */
export function parseGpuTable(output: string): GpuFacts[] {
  return output.split('\n').flatMap((line) => {
    const fields = line.split(',').map((f) => f.trim());
    const [name, total, driver, used, busy] = fields;
    if (fields.length < GPU_QUERY.length || !name || !(Number(total) > 0)) return [];
    const vramMb = Number(total);
    return [
      {
        class: classOf(name, vramMb),
        name,
        vramMb,
        driver: driver && !driver.startsWith('[') ? driver : null,
        vramUsedMb: numberOr(used, 0),
        utilisation: numberOr(busy, 0) / 100,
      },
    ];
  });
}

/** A card of another name counts as the largest class whose memory it has, so that no lane sends it more than it holds. */
export function classOf(name: string, vramMb: number): GpuClass {
  const known = CLASSES.find(([pattern]) => pattern.test(name));
  if (known) return known[1];
  return vramMb >= 78_000 ? 'H100' : vramMb >= 39_000 ? 'A100' : vramMb >= 22_000 ? 'A10G' : 'T4';
}

/** Last Xid of the kernel log, e.g. `NVRM: Xid (PCI:0000:3b:00): 79, pid=…, GPU has fallen off the bus.` → 79. */
export function parseXid(kernelLog: string): number | null {
  const all = [...kernelLog.matchAll(/NVRM: Xid \([^)]*\): (\d+)/g)];
  return all.length > 0 ? Number(all.at(-1)![1]) : null;
}

function numberOr(text: string | undefined, fallback: number): number {
  const value = Number(text);
  return text && Number.isFinite(value) ? value : fallback;
}
