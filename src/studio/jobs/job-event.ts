import type { JobEventData, JobOutputView, JobStatus } from '@atelier/contracts';
import { formatCredits } from '../../billing/plans/index.js';
import { typeId } from '../../platform/ids/index.js';
import type { NewEvent } from './job.entity.js';

type Event<T extends keyof JobEventData> = NewEvent & { type: T; data: JobEventData[T] };

/** Stored in the form in which they are sent. */
export const statusEvent = (jobId: string, status: JobStatus, more: Omit<JobEventData['status'], 'jobId' | 'status'> = {}): Event<'status'> => ({
  type: 'status',
  data: { jobId: typeId('job', jobId), status, ...more },
});

export const billingEvent = (jobId: string, heldMilli: bigint, chargedMilli: bigint, returnedMilli: bigint): Event<'billing'> => ({
  type: 'billing',
  data: { jobId: typeId('job', jobId), held: formatCredits(heldMilli), charged: formatCredits(chargedMilli), returned: formatCredits(returnedMilli) },
});

export const completeEvent = (jobId: string, outputs: JobOutputView[]): Event<'complete'> => ({
  type: 'complete',
  data: { jobId: typeId('job', jobId), outputs },
});

export const progressEvent = (jobId: string, data: Omit<JobEventData['progress'], 'jobId'>): Event<'progress'> => ({
  type: 'progress',
  data: { jobId: typeId('job', jobId), ...data },
});

export const previewEvent = (jobId: string, step: number, dataUrl: string): Event<'preview'> => ({
  type: 'preview',
  data: { jobId: typeId('job', jobId), step, dataUrl },
});
