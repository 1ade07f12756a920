import { TERMINAL_JOB_STATUSES } from '@atelier/contracts';
import { type JobPulse, type JobView, returnedCredits, studioWords, words } from '@atelier/ui-kit';

const w = studioWords.job;

export const isOver = (job: Pick<JobView, 'status'>): boolean => TERMINAL_JOB_STATUSES.includes(job.status);

/** The prompt, or what was done where there is none. */
export function titleOf(job: Pick<JobView, 'operation' | 'parameters'>): string {
  const prompt = job.parameters?.prompt;
  if (typeof prompt === 'string' && prompt !== '') return prompt;
  return w.untitled[job.operation as keyof typeof w.untitled] ?? operationName(job.operation);
}

export function operationName(operation: string): string {
  return words.operation[operation as keyof typeof words.operation] ?? operation;
}

/** `512 × 512 · 20 steps`, as far as the operation has such. */
export function specOf(job: Pick<JobView, 'parameters'>): string {
  const { width, height, steps, factor } = job.parameters ?? {};
  return [width && height && `${width} × ${height}`, steps && `${steps} steps`, factor && `× ${factor}`].filter(Boolean).join(' · ');
}

export function countOf(job: Pick<JobView, 'parameters'>): number {
  const { batchSize = 1, batchCount = 1 } = (job.parameters ?? {}) as { batchSize?: number; batchCount?: number };
  return batchSize * batchCount;
}

/** Held → charged → returned. While a job runs nothing is charged; once it has ended all that was held has gone one way or the other. */
export function moneyOf(job: JobView): { held: string; charged: string; returned: string; over: boolean } {
  const over = isOver(job);
  const held = over ? job.quote.credits : job.credits.held;
  return { held, charged: job.credits.charged, returned: over ? returnedCredits(held, job.credits.charged) : '0', over };
}

export interface Standing {
  status: JobView['status'];
  cancelling: boolean;
  /** What goes on, in words. */
  stage: string;
  step: { at: number; of: number } | null;
  etaSeconds: number | null;
  /** 0 to 1; null while nobody knows. */
  progress: number | null;
  preview: string | null;
}

/** Where a running job stands: by the stream or by the server's last answer (`answeredAt`), whichever is newer. */
export function standingOf(job: JobView, pulse: JobPulse, answeredAt = 0): Standing {
  const heard = pulse.at > answeredAt && !isOver(job) ? pulse : { at: 0 };
  const status = heard.status?.status ?? job.status;
  const reason = heard.status ? heard.status.reason : job.reason;
  const position = heard.status?.position ?? job.queuePosition;
  const moving = status === 'processing' ? heard.progress : undefined;
  const waiting = reason ? words.job.reason[reason] : words.job.status[status];
  const stage = moving
    ? sentence(moving.stage)
    : status === 'queued' && position
      ? `${waiting}, ${w.position(position)}`
      : status === 'processing' && job.stage
        ? sentence(job.stage)
        : waiting;
  return {
    status,
    cancelling: job.cancelRequested,
    stage,
    step: moving && moving.totalSteps > 0 ? { at: moving.step, of: moving.totalSteps } : null,
    etaSeconds: moving ? moving.etaSeconds : job.etaSeconds,
    progress: moving ? moving.progress : status === 'processing' && job.progress > 0 ? job.progress : null,
    preview: pulse.preview?.dataUrl ?? null,
  };
}

function sentence(stage: string): string {
  return stage.charAt(0).toUpperCase() + stage.slice(1);
}
