import type { CompleteRequest, CompleteResponse, ReleaseRequest, ReleaseResponse } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import { SystemTx } from '../../platform/database/index.js';
import { invalid, notFound } from '../../platform/errors/index.js';
import { parseId, typeId } from '../../platform/ids/index.js';
import { Storage } from '../../platform/storage/index.js';
import { log } from '../../platform/telemetry/index.js';
import { Metering, type AttemptRecord } from '../metering/index.js';
import { Attempts, type AttemptReport } from '../tasks/index.js';
import type { CallingBox } from './box.js';
import { outputsRefused, superseded, unknownBox } from './boxes.errors.js';
import { Boxes } from './boxes.service.js';
import * as repository from './boxes.system.repository.js';
import { completionDigest, completionFaults, outputFaults, outputKey } from './output-key.js';

/** Tasks that died on one box without one done in between: then the box is suspect, not the tasks (domain §7). */
const BAD_BOX_TASKS = 3;

/** What a file that a tenant brought brings about: it takes more memory than its like, or is not what it says. Another box could do no better. */
const OF_THE_FILE: readonly string[] = ['out_of_memory', 'model_mismatch'];

const REPLAYED: CompleteResponse = { accepted: true, replayed: true };

/** A box hands work in, or gives it back. */
@Injectable()
export class Completions {
  private readonly log = log('fleet/boxes');

  constructor(
    private readonly system: SystemTx,
    private readonly attempts: Attempts,
    private readonly metering: Metering,
    private readonly boxes: Boxes,
    private readonly storage: Storage,
  ) {}

  /**
   * Ends an attempt by the box's report, once per (task, attempt, digest). Outputs are checked in storage before the transaction.
   * @throws DomainError `not_found`, `superseded` (409), `output_mismatch` (422)
   */
  async complete(box: CallingBox, request: CompleteRequest): Promise<CompleteResponse> {
    const taskId = parseId('task', request.taskId);
    const { attempt } = request;
    const digest = completionDigest(request);
    const record = await this.system.run('find attempt', (em) => this.metering.find(em, taskId, attempt, box.id));
    if (!record) throw notFound('task');
    if (record.outcome !== null) return replayOrRefuse(record, digest);
    const faults = completionFaults(request);
    if (faults.length > 0) throw invalid(faults);
    const owner = { tenantId: record.tenantId, taskId, attempt };
    // Only keys of this very attempt are looked at; whether anything lies elsewhere is not the box's to learn.
    const stored = await Promise.all(request.outputs.map((output) => (output.key === outputKey(owner, output) ? this.storage.head(output.key) : null)));
    const mismatches = outputFaults(owner, request.outputs, stored);
    if (mismatches.length > 0) throw outputsRefused(mismatches);
    let error = request.error;
    const response = await this.system.run('complete', async (em) => {
      const task = await this.attempts.lock(em, box.id, taskId, attempt);
      if (!task) return replayOrRefuse(await this.metering.find(em, taskId, attempt, box.id), digest);
      if (task.ofTenant && error && OF_THE_FILE.includes(error.code)) error = { ...error, class: 'input' };
      const { meter, outputs, stepsTotal, simulated } = request;
      // Where no work was done, none is charged.
      const stepsDone = meter.workMs > 0 || request.outcome === 'done' ? request.stepsDone : 0;
      await this.attempts.end(em, task, reportOf(request.outcome, error), { meter, digest, result: { outputs, stepsDone, stepsTotal, simulated } });
      return { accepted: true, replayed: false } as const;
    });
    if (error && error.class !== 'input') await this.watch(box);
    return response;
  }

  /** Gives tasks back unfinished: front of their lane, no counter, nobody pays. @throws DomainError `not_found` for a task that was never this box's */
  async release(box: CallingBox, request: ReleaseRequest): Promise<ReleaseResponse> {
    const given = request.tasks.map(({ taskId, attempt, meter }) => ({ taskId: parseId('task', taskId), attempt, meter }));
    const released = await this.system.run('release', async (em) => {
      const row = await repository.lockBox(em, box.id);
      if (!row || row.state === 'gone') throw unknownBox();
      if (given.length > 0 && !(await this.metering.allOfBox(em, box.id, given))) throw notFound('task');
      const ended: string[] = [];
      // All are locked before the first is ended: ending one touches the box's book, for which a completion that holds the next may wait.
      for (const task of await this.attempts.lockOnBox(em, box.id)) {
        const named = given.find(({ taskId, attempt }) => taskId === task.id && attempt === task.attempt);
        // A box that goes now takes nothing with it, even what it forgot to name.
        if (!named && !request.final) continue;
        await this.attempts.end(em, task, { kind: 'released', reason: request.reason }, { meter: named?.meter });
        if (named) ended.push(typeId('task', task.id));
      }
      if (request.final) await this.boxes.retire(em, row, 'gone', 'released');
      else if (row.state === 'ready' || row.state === 'lost') await this.boxes.retire(em, row, 'draining', request.reason);
      return ended;
    });
    return { released };
  }

  private async watch(box: CallingBox): Promise<void> {
    await this.system.run('watch box', async (em) => {
      const row = await repository.lockBox(em, box.id);
      if (row?.state !== 'ready' || (await this.metering.failedTasksOf(em, box.id)) < BAD_BOX_TASKS) return;
      this.log.warn({ boxId: box.id }, 'a box is quarantined: several tasks failed on it in a row');
      await this.boxes.retire(em, row, 'quarantined', `${BAD_BOX_TASKS} tasks failed on it in a row`);
    });
  }
}

function replayOrRefuse(record: AttemptRecord | undefined, digest: string): CompleteResponse {
  if (record?.digest !== digest) throw superseded();
  return REPLAYED;
}

const reportOf = (outcome: CompleteRequest['outcome'], error: CompleteRequest['error']): AttemptReport =>
  outcome === 'failed' ? { kind: 'failed', error: error! } : { kind: outcome };
