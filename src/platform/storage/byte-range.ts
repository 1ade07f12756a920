export interface ByteRange {
  /** Both included, as in HTTP. */
  start: number;
  end: number;
}

/**
 * What a `Range` header asks of a file of `size` bytes: one range, `null` for the whole file (no header, several ranges, another unit), or
 * `unsatisfiable` (416).
 */
export function parseRange(header: string | undefined, size: number): ByteRange | null | 'unsatisfiable' {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return null;
  const [first, last] = [match[1], match[2]].map((digits) => (digits === '' ? undefined : Number(digits)));
  if (first === undefined) return last! > 0 && size > 0 ? { start: Math.max(0, size - last!), end: size - 1 } : 'unsatisfiable';
  if (first >= size) return 'unsatisfiable';
  if (last !== undefined && last < first) return null;
  return { start: first, end: Math.min(last ?? size - 1, size - 1) };
}
