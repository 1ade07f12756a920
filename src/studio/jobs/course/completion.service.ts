import type { JobOutputView, TaskOutput } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Ledger } from '../../../billing/ledger/index.js';
import { Usage } from '../../../billing/usage/index.js';
import type { TaskView } from '../../../fleet/tasks/index.js';
import { onCommit } from '../../../platform/database/index.js';
import { newId } from '../../../platform/ids/index.js';
import { Outbox, Wakeups } from '../../../platform/outbox/index.js';
import { log } from '../../../platform/telemetry/index.js';
import { Assets, type OutputAsset } from '../../assets/index.js';
import { billingEvent, completeEvent, statusEvent } from '../job-event.js';
import type { JobFault, JobRow, NewEvent, StoredGpu } from '../job.entity.js';
import { changeJob, deliveredTasks, insertOutputs, outputsOf } from '../jobs.repository.js';
import { pathTo } from './job-state.js';
import { outcomeOf, PAYMENT_RULES, type Outcome, type UnitResult } from './outcome.js';

/** What is said when a task failed without saying why. */
const UNKNOWN_FAULT: JobFault = { code: 'engine_failed', message: 'The engine failed without saying why. Send the job again; nothing was charged.' };

/** Ends a job, once: files become assets, money is settled, the end is told. Inside the transaction that locked the job. */
@Injectable()
export class Completion {
  private readonly log = log('studio/jobs');

  constructor(
    private readonly assets: Assets,
    private readonly usage: Usage,
    private readonly ledger: Ledger,
    private readonly outbox: Outbox,
    private readonly wakeups: Wakeups,
  ) {}

  /** @param tasks all of the job's, all ended, in the order in which they were made */
  async finish(em: EntityManager, job: JobRow, tasks: readonly TaskView[]): Promise<void> {
    const { tenantId, id } = job;
    const held = BigInt(job.heldMilli);
    const results = resultsOf(job, tasks);
    const outcome = outcomeOf(
      held,
      unitsOf(job, tasks),
      job.cancelRequestedAt !== null,
      job.startedAt !== null || tasks.some((task) => task.startedAt !== null),
    );
    const outputs = await this.deliver(em, job, tasks);
    await this.assets.unpin(em, 'job', [id]);
    const used = await this.usage.ofJob(em, id);
    const gpu: StoredGpu = { seconds: used.seconds, class: used.class, capacity: used.capacity, costMicros: String(used.costMicros) };
    const failedOutputs = results.flatMap((task, index) => (task.state === 'failed' ? [{ index, ...faultOf(task) }] : []));
    const error = outcome.status === 'failed' ? faultOf(tasks.find((task) => task.state === 'failed') ?? tasks[0]!) : null;
    await changeJob(
      em,
      tenantId,
      id,
      {
        status: outcome.status,
        stage: null,
        waitReason: null,
        unitsDone: tasks.length,
        chargedMilli: String(outcome.chargeMilli),
        paymentRule: outcome.rule,
        gpu,
        error,
        failedOutputs: results.length > 1 ? failedOutputs : [],
        simulated: job.simulated || tasks.some((task) => task.simulated),
        started: pathTo(job.status, outcome.status).length > 1,
        finished: true,
        ...(outcome.status === 'succeeded' && { progress: 1 }),
      },
      endEvents(job, outcome, outputs, error, gpu),
    );
    await this.outbox.emit(em, tenantId, 'job.finished', { jobId: id, status: outcome.status });
    await this.settle(em, job, outcome);
    onCommit(() => {
      this.wakeups.wake('job', id);
      this.wakeups.wake('tenant', tenantId);
    });
  }

  /**
   * Files of finished tasks become assets, also those of a job that was cancelled later: they are paid. Each once, however often this is called.
   * @returns all that the job has delivered
   */
  async deliver(em: EntityManager, job: JobRow, tasks: readonly TaskView[]): Promise<JobOutputView[]> {
    const before = job.openUntil ? await deliveredTasks(em, job.id) : [];
    const made = resultsOf(job, tasks)
      .filter((task) => task.state === 'done' && !before.includes(task.id))
      .flatMap((task) => task.outputs.map((output) => outputAsset(job, task, output, isSimulated(job, tasks, task))));
    if (made.length === 0) return this.shown(em, job.id, before.length);
    await this.assets.createFromOutputs(em, job.tenantId, made);
    await insertOutputs(
      em,
      job.tenantId,
      job.id,
      made.map(({ id, taskId }, position) => ({ position: before.length + position, taskId, assetId: id })),
    );
    return this.shown(em, job.id, before.length + made.length);
  }

  private async shown(em: EntityManager, jobId: string, count: number): Promise<JobOutputView[]> {
    if (count === 0) return [];
    return this.assets.outputViews(
      em,
      (await outputsOf(em, [jobId])).map(({ assetId }) => assetId),
    );
  }

  /** Last, because it locks the wallet. A hold that was closed before would be a fault of ours; the job ends all the same. */
  private async settle(em: EntityManager, { tenantId, id }: JobRow, outcome: Outcome): Promise<void> {
    const reason = PAYMENT_RULES[outcome.rule];
    const closing =
      outcome.chargeMilli > 0n
        ? await this.ledger.settle(em, tenantId, id, outcome.chargeMilli, reason, { ourFault: outcome.ourFault })
        : await this.ledger.void(em, tenantId, id, reason, { ourFault: outcome.ourFault });
    if (!closing.settled) this.log.error({ jobId: id }, 'the hold of a job had been closed before the job ended');
  }
}

/** The tasks whose outputs the job delivers. */
const resultsOf = (job: Pick<JobRow, 'resultKinds'>, tasks: readonly TaskView[]): readonly TaskView[] =>
  job.resultKinds ? tasks.filter((task) => job.resultKinds!.includes(task.kind)) : tasks;

/**
 * What is charged for: results. One that never began because a step before it failed shares that step's end, which was one of all the job's. An open job
 * is one unit: done when it was opened, and one of the tasks asked of it afterwards, if any was, delivered.
 */
function unitsOf(job: JobRow, tasks: readonly TaskView[]): UnitResult[] {
  const failed = tasks.find((task) => task.state === 'failed');
  if (job.openUntil) {
    const served = tasks.some((task) => task.state === 'done' && (tasks.length === 1 || task.outputs.length > 0));
    return [served ? { state: 'done', stepsDone: 1, stepsTotal: 1 } : unitResult(failed ?? tasks.find((task) => task.state !== 'done') ?? tasks[0]!)];
  }
  return resultsOf(job, tasks).map((task) => {
    // A box that says "done" and hands nothing in has delivered nothing.
    if (task.state === 'done' && task.outputs.length === 0) return { ...unitResult(task), state: 'failed' };
    if (task.state !== 'canceled' || job.cancelRequestedAt || !failed) return unitResult(task);
    return { ...unitResult(failed), stepsTotal: (failed.stepsTotal ?? 0) * tasks.length };
  });
}

const unitResult = (task: TaskView): UnitResult => ({
  state: task.state === 'done' || task.state === 'canceled' ? task.state : 'failed',
  errorClass: task.error?.class,
  stepsDone: task.stepsDone ?? 0,
  stepsTotal: task.stepsTotal ?? 0,
});

const faultOf = (task: TaskView): JobFault => (task.error ? { code: task.error.code, message: task.error.message } : UNKNOWN_FAULT);

const worked = (gpu: StoredGpu): string[] => (gpu.class === null ? [] : [`It took ${gpu.seconds} seconds of a box of class ${gpu.class}.`]);

/** Money, then outputs, then the end: whoever has seen the end has seen everything. */
function endEvents(job: JobRow, outcome: Outcome, outputs: JobOutputView[], error: JobFault | null, gpu: StoredGpu): NewEvent[] {
  const held = BigInt(job.heldMilli);
  const statuses = pathTo(job.status, outcome.status);
  return [
    ...statuses.slice(0, -1).map((status) => statusEvent(job.id, status)),
    billingEvent(job.id, held, outcome.chargeMilli, held - outcome.chargeMilli),
    ...(outputs.length > 0 ? [completeEvent(job.id, outputs)] : []),
    statusEvent(job.id, outcome.status, { message: [PAYMENT_RULES[outcome.rule], ...worked(gpu)].join(' '), ...(error && { error }) }),
  ];
}

/** To the task these are digests; people and later jobs name them as the request did. */
const named = ({ loras, controlNets }: JobRow['parameters']): object => ({
  ...(loras !== undefined && { loras }),
  ...(controlNets !== undefined && { controlNets }),
});

/** What is made from something simulated is that, too. */
const isSimulated = (job: Pick<JobRow, 'wiring'>, tasks: readonly TaskView[], task: TaskView): boolean =>
  task.simulated || job.wiring.some((wire) => wire.task === task.id && tasks.some((feeder) => feeder.id === wire.from && isSimulated(job, tasks, feeder)));

function outputAsset(job: JobRow, task: TaskView, output: TaskOutput, simulated: boolean): OutputAsset {
  const prompt = job.parameters.prompt;
  return {
    id: newId(),
    jobId: job.id,
    taskId: task.id,
    slot: output.slot,
    key: output.key,
    sha256: output.sha256,
    bytes: output.bytes,
    contentType: output.contentType,
    width: output.width,
    height: output.height,
    ownerId: job.ownerId,
    teamId: job.teamId,
    visibility: job.visibility,
    simulated,
    prompt: typeof prompt === 'string' ? prompt : null,
    // Those of the task where both have a say: its own seed, not that of the batch.
    parameters: { operation: job.operation, ...job.parameters, ...task.parameters, ...named(job.parameters) },
    metadata: output.metadata,
    parents: job.inputs.map(({ assetId, name }) => ({ id: assetId, relation: name })),
  };
}
