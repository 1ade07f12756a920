import type { JobEventData } from '@atelier/contracts';
import type { StoredEvent } from '../job.entity.js';
import type { JobLogEntry } from '../jobs.dto.js';

const WORDS: Readonly<Record<string, string>> = {
  queued: 'The job was accepted and waits for a box.',
  starting: 'A box took the job.',
  started: 'Work began.',
  interrupted: 'Work was interrupted and starts again; the interrupted part is not charged.',
  succeeded: 'The job is done.',
  failed: 'The job failed.',
  canceled: 'The job was cancelled.',
};

/** The lasting events of a job as a timeline in words. Money first held, then charged or returned; nothing is left out. */
export function timeline(events: readonly StoredEvent[]): JobLogEntry[] {
  return events.flatMap(({ type, data, createdAt }) => {
    const entry =
      type === 'status'
        ? statusEntry(data as unknown as JobEventData['status'])
        : type === 'billing'
          ? billingEntry(data as unknown as JobEventData['billing'])
          : null;
    return entry ? [{ at: createdAt.toISOString(), ...entry }] : [];
  });
}

function statusEntry({ status, reason, message, error }: JobEventData['status']): Omit<JobLogEntry, 'at'> {
  const event = reason === 'interrupted_retrying' ? 'interrupted' : status === 'processing' ? 'started' : status;
  const words = [message ?? WORDS[event] ?? event, error && `${error.message} (${error.code})`].filter(Boolean);
  return { event, message: words.join(' ') };
}

function billingEntry({ held, charged, returned }: JobEventData['billing']): Omit<JobLogEntry, 'at'> {
  if (charged === '0' && returned === '0') return { event: 'held', message: `${held} credits were set aside.` };
  if (charged === '0') return { event: 'returned', message: `Nothing was charged; ${returned} credits were returned.` };
  return { event: 'charged', message: `${charged} credits were charged${returned === '0' ? '' : `, ${returned} returned`}.` };
}
