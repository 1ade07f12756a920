import type { AttemptReport } from '../tasks/index.js';
import type { Box } from './box.js';

/** What becomes of the tasks of a box that fell silent: lost without notice, given back when it had been told to go. */
export function reportOfSilence({ state, stateReason, drainAt }: Pick<Box, 'state' | 'stateReason' | 'drainAt'>): AttemptReport {
  return drainAt !== null && state !== 'quarantined' ? { kind: 'released', reason: stateReason ?? 'drain' } : { kind: 'lost' };
}

/**
 * A lease ran out. The box has forgotten the task if it has spoken since the task's last sign; else it is silent, whether or not a sweep has noted that yet: its
 * silence and the lease end in the same instant, and which of them is looked for first must not decide whom the loss counts against.
 */
export function reportOfExpiry(lastSignAt: Date, box: Pick<Box, 'state' | 'stateReason' | 'drainAt' | 'lastHeartbeatAt'> | undefined): AttemptReport {
  if (!box) return { kind: 'lost' };
  const spokeAt = box.state === 'lost' || box.state === 'gone' ? null : box.lastHeartbeatAt;
  return spokeAt !== null && spokeAt > lastSignAt ? { kind: 'forgotten' } : reportOfSilence(box);
}
