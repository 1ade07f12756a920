import type { HeartbeatRequest, HeartbeatResponse, TaskBeat } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { SystemTx } from '../../platform/database/index.js';
import { parseId } from '../../platform/ids/index.js';
import { log } from '../../platform/telemetry/index.js';
import { Attempts, TaskObserver, type HeldTask } from '../tasks/index.js';
import type { BoxState, CallingBox } from './box.js';
import { unknownBox } from './boxes.errors.js';
import { Boxes, secretHash } from './boxes.service.js';
import * as repository from './boxes.system.repository.js';
import { newToken, TOKEN_TTL_MS } from './registrations.service.js';
import { Preloads } from './preloads.service.js';
import { UploadGrants } from './upload-grants.service.js';

/** GPU driver errors after which a machine cannot be trusted: 48 double-bit ECC, 46 hang, 79 fallen off the bus. */
const FATAL_XIDS: readonly (number | null)[] = [46, 48, 79];

interface Beat {
  taskId: string;
  attempt: number;
  told: TaskBeat;
}
interface Noted {
  state: BoxState;
  held: HeldTask[];
  token?: string;
}

/** A box says that it lives: leases are extended, progress is passed on, verdicts and upload addresses go back. */
@Injectable()
export class Heartbeats {
  private readonly log = log('fleet/boxes');

  constructor(
    private readonly system: SystemTx,
    private readonly boxes: Boxes,
    private readonly attempts: Attempts,
    private readonly observer: TaskObserver,
    private readonly grants: UploadGrants,
    private readonly preloads: Preloads,
  ) {}

  /** A task that is not the box's, or never was, is `superseded`; the rest of the heartbeat counts. */
  async beat(box: CallingBox, request: HeartbeatRequest): Promise<HeartbeatResponse> {
    const beats = [
      ...new Map(request.tasks.map((told): [string, Beat] => [told.taskId, { taskId: parseId('task', told.taskId), attempt: told.attempt, told }])).values(),
    ];
    const noted = await this.system.run('heartbeat', (em) => this.note(em, box, request, beats));
    const held = new Map(noted.held.map((task) => [task.taskId, task]));
    for (const beat of beats) this.tell(held.get(beat.taskId), beat);
    const preload = noted.state === 'ready' && beats.length === 0 ? await this.preloads.hints(box) : [];
    return {
      ...(preload.length > 0 && { preload }),
      tasks: await Promise.all(beats.map((beat) => this.verdict(held.get(beat.taskId), beat))),
      drain: noted.state !== 'ready',
      ...(noted.token && { token: noted.token, tokenTtlMs: TOKEN_TTL_MS }),
    };
  }

  private async note(em: EntityManager, box: CallingBox, request: HeartbeatRequest, beats: readonly Beat[]): Promise<Noted> {
    const { vramUsedMb, utilisation, xid } = request.gpu;
    const touched = await repository.touch(em, box.id, { gpu: { vramUsedMb, utilisation, xid }, loaded: request.loaded, cached: request.cached });
    if (!touched) throw unknownBox();
    let { state } = touched;
    if (touched.revived) await this.boxes.slotsChanged(em, box.poolId);
    const toProgress = ({ taskId, attempt, told: { step, totalSteps, stage, state: phase, meter } }: Beat) => ({
      taskId,
      attempt,
      progress: { step, totalSteps, stage, state: phase },
      workMs: meter.workMs,
    });
    const held = await this.attempts.beat(em, box.id, beats.map(toProgress));
    if (FATAL_XIDS.includes(xid) && state === 'ready') {
      await this.boxes.retire(em, (await repository.findBox(em, box.id))!, 'quarantined', `XID ${xid}`);
      state = 'quarantined';
    }
    if (touched.tokenLeftMs > TOKEN_TTL_MS / 2 && !box.byPreviousToken) return { state, held };
    const token = newToken();
    const write = box.byPreviousToken ? repository.replaceToken : repository.renewToken;
    await write(em, box.id, secretHash(token), TOKEN_TTL_MS);
    return { state, held, token };
  }

  private async verdict(held: HeldTask | undefined, { told, taskId, attempt }: Beat): Promise<HeartbeatResponse['tasks'][number]> {
    if (!held) return { taskId: told.taskId, attempt, verdict: 'superseded' };
    const verdict = held.state === 'stopping' || held.overtime ? 'stop' : 'continue';
    if (!told.uploads?.length || verdict === 'stop') return { taskId: told.taskId, attempt, verdict };
    return { taskId: told.taskId, attempt, verdict, uploads: await this.grants.grant({ tenantId: held.tenantId, taskId, attempt }, told.uploads) };
  }

  /** Progress is not news: who watches may miss some, and must never slow a heartbeat down. */
  private tell(held: HeldTask | undefined, { told }: Beat): void {
    if (!held || held.state === 'stopping') return;
    const { tenantId, jobId, taskId, attempt } = held;
    const { step, totalSteps, stage, state, preview } = told;
    this.observer
      .progress({ tenantId, jobId, taskId, attempt }, { step, totalSteps, stage, state }, preview)
      .catch((error: unknown) => this.log.warn({ err: error, taskId }, 'progress was not passed on'));
  }
}
