/**
 * The stored events of a job, the same for SSE, plain WebSocket (`{type, id, data}` as JSON lines) and socket.io (`job:<type>`).
 * `id` counts from 1 inside a job, without gaps; progress and previews are purged an hour after the end, the rest stays.
 */
export const JOB_STATUSES = ['queued', 'starting', 'processing', 'succeeded', 'failed', 'canceled'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];
export const TERMINAL_JOB_STATUSES: readonly JobStatus[] = ['succeeded', 'failed', 'canceled'];

/** Why a job waits. */
export type WaitReason = 'position' | 'plan_concurrency' | 'no_capacity' | 'model_loading' | 'model_off' | 'interrupted_retrying';

export interface JobOutputView {
  assetId: string;
  type: 'image' | 'video';
  url: string;
  width: number | null;
  height: number | null;
}

export interface JobEventData {
  status: { jobId: string; status: JobStatus; position?: number; reason?: WaitReason; message?: string; error?: { code: string; message: string } };
  progress: { jobId: string; step: number; totalSteps: number; progress: number; etaSeconds: number | null; stage: string; message: string };
  preview: { jobId: string; step: number; dataUrl: string };
  billing: { jobId: string; held: string; charged: string; returned: string };
  complete: { jobId: string; outputs: JobOutputView[] };
}
export type JobEventType = keyof JobEventData;
export type JobEvent = { [T in JobEventType]: { type: T; id: number; data: JobEventData[T] } }[JobEventType];
