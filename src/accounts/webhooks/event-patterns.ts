import { WEBHOOK_TYPES } from '@atelier/contracts';
import type { FieldFault } from '../../platform/errors/index.js';

const TYPES = Object.keys(WEBHOOK_TYPES);

const matches = (pattern: string, type: string): boolean =>
  pattern === '*' || pattern === type || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1)));

/** Whether somebody who chose `patterns` wants to hear of `type`. */
export const wants = (patterns: readonly string[], type: string): boolean => patterns.some((pattern) => matches(pattern, type));

/** Patterns that no type would ever match: mistyped. */
export function patternFaults(patterns: readonly string[]): FieldFault[] {
  return patterns.flatMap((pattern, i) =>
    TYPES.some((type) => matches(pattern, type))
      ? []
      : [
          {
            pointer: `/eventTypes/${i}`,
            code: 'unknown_event_type',
            message: `${JSON.stringify(pattern.slice(0, 80))} matches no type of event.`,
            fix: `Choose from ${TYPES.join(', ')}, a group such as job.*, or * for all.`,
          },
        ],
  );
}
