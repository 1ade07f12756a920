const ALL = '*';

/** The group of a type or pattern: `job.*` for `job.succeeded`. */
export const groupOf = (type: string): string => `${type.split('.')[0]}.*`;

/** What choosing something chooses with it, for now and for types to come. */
const coverOf = (pattern: string): string[] => (pattern === ALL ? [] : pattern.endsWith('.*') ? [ALL] : [ALL, groupOf(pattern)]);

/** Chosen by a wider pattern, and therefore not to be chosen by itself. */
export const covered = (chosen: ReadonlySet<string>, pattern: string): boolean => coverOf(pattern).some((wider) => chosen.has(wider));

/** The patterns to send: those that no wider one covers. */
export const patternsOf = (chosen: ReadonlySet<string>): string[] => [...chosen].filter((pattern) => !covered(chosen, pattern));

/** `*`, then each group before its types. */
export function choicesOf(types: readonly { type: string; description: string }[]): { pattern: string; description: string | null }[] {
  const groups = [...new Set(types.map(({ type }) => groupOf(type)))];
  const ofGroup = (group: string) => types.filter(({ type }) => groupOf(type) === group).map(({ type, description }) => ({ pattern: type, description }));
  return [{ pattern: ALL, description: null }, ...groups.flatMap((group) => [{ pattern: group, description: null }, ...ofGroup(group)])];
}
