/** What a task takes of a GPU's memory. The server leases by it and the box reports what is free by it, so both count with this. */
export interface VramUse {
  /** MiB in all, weights included. */
  vramMb: number;
  weights: readonly { digest: string; vramMb: number }[];
}

/** MiB that tasks take together: a file that several of them use lies in memory once. */
export function vramTogether(tasks: readonly VramUse[]): number {
  const files = new Map(tasks.flatMap(({ weights }) => weights.map(({ digest, vramMb }) => [digest, vramMb])));
  const own = ({ vramMb, weights }: VramUse): number => Math.max(0, vramMb - sum(weights.map((file) => file.vramMb)));
  return sum(tasks.map(own)) + sum([...files.values()]);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
