import type { JobOutputView, WaitReason } from '@atelier/contracts';
import { formatCredits } from '../../../billing/plans/index.js';
import type { QuoteJson } from '../../../billing/pricing/index.js';
import { typeId } from '../../../platform/ids/index.js';
import { isTerminal } from '../course/job-state.js';
import type { JobRow, StoredGpu } from '../job.entity.js';
import type { JobGpuView, JobStatusView, JobView, QuoteLineView, QuoteView } from '../jobs.dto.js';

/** What a view takes from other rooms, and what the caller may see of it. */
export interface JobSurroundings {
  outputs: JobOutputView[];
  /** Whether parameters and outputs are shown. */
  content: boolean;
  /** Whether what the boxes cost us is shown. */
  costs: boolean;
  gpu?: StoredGpu;
  waiting?: Waiting;
  /** For the estimate of what is left. */
  now: Date;
}
export interface Waiting {
  position: number | null;
  reason?: WaitReason;
  etaSeconds: number | null;
}

const NOTHING_YET: StoredGpu = { seconds: 0, class: null, capacity: null, costMicros: '0' };
const credits = (milli: string): string => formatCredits(BigInt(milli));
const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

export function quoteView(quote: QuoteJson): QuoteView {
  return { priceListVersion: quote.priceListVersion, lines: quote.lines.map(lineView), credits: credits(quote.totalMilli) };
}

const lineView = (line: QuoteJson['lines'][number]): QuoteLineView => ({
  code: line.code,
  description: line.description,
  quantity: line.quantity,
  unit: credits(line.unitMilli),
  credits: credits(line.amountMilli),
});

export function gpuView(gpu: StoredGpu | null | undefined, costs: boolean): JobGpuView {
  const { seconds, class: gpuClass, capacity, costMicros } = gpu ?? NOTHING_YET;
  return { seconds, class: gpuClass, capacity, ...(costs && { costMicros }) };
}

/** The job as it was when it was accepted: what a replay of the request answers, word for word, however far the job is by then. */
export function acceptedView(row: JobRow, costs: boolean): JobView {
  const atFirst: JobRow = {
    ...row,
    status: 'queued',
    stage: null,
    waitReason: null,
    progress: 0,
    unitsDone: 0,
    chargedMilli: null,
    gpu: null,
    failedOutputs: [],
    error: null,
    cancelRequestedAt: null,
    startedAt: null,
    finishedAt: null,
  };
  return jobView(atFirst, { outputs: [], content: true, costs, now: row.createdAt });
}

export function jobView(row: JobRow, around: JobSurroundings): JobView {
  const { id, status, progress, stage, reason, queuePosition, etaSeconds, cancelRequested, error } = statusView(row, around);
  return {
    id,
    operation: row.operation,
    status,
    progress,
    stage,
    ...(reason && { reason }),
    ...(queuePosition !== undefined && { queuePosition }),
    etaSeconds,
    cancelRequested,
    visibility: row.visibility,
    ownerId: typeId('usr', row.ownerId),
    teamId: row.teamId && typeId('team', row.teamId),
    parameters: around.content ? row.parameters : null,
    quote: quoteView(row.quote),
    credits: { held: isTerminal(status) ? '0' : credits(row.heldMilli), charged: credits(row.chargedMilli ?? '0') },
    gpu: gpuView(row.gpu ?? around.gpu, around.costs),
    simulated: row.simulated,
    outputs: around.content ? around.outputs : [],
    ...(row.failedOutputs.length > 0 && { failedOutputs: row.failedOutputs }),
    ...(error && { error }),
    ...(row.openUntil && { openUntil: row.openUntil.toISOString() }),
    createdAt: row.createdAt.toISOString(),
    startedAt: iso(row.startedAt),
    finishedAt: iso(row.finishedAt),
  };
}

export function statusView(row: JobRow, around: Pick<JobSurroundings, 'waiting' | 'now'>): JobStatusView {
  const live = !isTerminal(row.status);
  const reason = live ? (around.waiting?.reason ?? row.waitReason ?? undefined) : undefined;
  const position = live ? around.waiting?.position : undefined;
  return {
    id: typeId('job', row.id),
    status: row.status,
    progress: row.status === 'succeeded' ? 1 : Math.round(row.progress * 1000) / 1000,
    stage: live ? row.stage : null,
    ...(reason && { reason }),
    ...(position != null && { queuePosition: position }),
    etaSeconds: live
      ? (whole(around.waiting?.etaSeconds) ?? secondsLeft(row.progress, row.startedAt ? around.now.getTime() - row.startedAt.getTime() : 0))
      : null,
    cancelRequested: row.cancelRequestedAt !== null,
    ...(row.error && { error: row.error }),
  };
}

const whole = (seconds: number | null | undefined): number | null => (seconds == null ? null : Math.ceil(seconds));

/** Straight on from what was done so far; null while less than a twentieth is done and the line would be a guess. */
export const secondsLeft = (progress: number, workedMs: number): number | null =>
  progress < 0.05 || workedMs <= 0 ? null : Math.ceil((workedMs * (1 - progress)) / progress / 1000);
