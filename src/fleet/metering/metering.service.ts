import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Usage } from '../../billing/usage/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { Probes } from '../../platform/telemetry/index.js';
import { readPieces } from './box-pieces.system.repository.js';
import { attemptTime, boxTime, clampMeter, type BoxLife, type BoxTime } from './box-time.js';
import { EXTERNAL_BOX, type AttemptEnd, type AttemptRecord, type BoxPiece, type MeteredBox, type NewAttempt } from './metering.js';
import * as repository from './metering.system.repository.js';

/** The book of seconds. Every method works in the caller's system transaction. */
@Injectable()
export class Metering implements OnModuleInit {
  constructor(
    private readonly usage: Usage,
    private readonly system: SystemTx,
    private readonly probes: Probes,
  ) {}

  onModuleInit(): void {
    this.probes.invariant('fleet: no box gave more seconds than it had', () => this.system.run('probe box time', repository.findOverfullBoxes));
    this.probes.invariant('fleet: the seconds of a box are those of its attempts', () => this.system.run('probe box sums', repository.findUnbalancedBoxes));
    this.probes.invariant('fleet: usage says the seconds of the book', () => this.system.run('probe usage drift', repository.findUsageDrift));
  }

  open(em: EntityManager, box: MeteredBox, leaseRequest: string, attempts: readonly NewAttempt[]): Promise<void> {
    return repository.insertAttempts(em, box, leaseRequest, attempts);
  }

  /** The attempt, if it was ever leased to this box. */
  find(em: EntityManager, taskId: string, attempt: number, boxId: string): Promise<AttemptRecord | undefined> {
    return repository.findAttempt(em, taskId, attempt, boxId);
  }

  openUnder(em: EntityManager, boxId: string, leaseRequest: string): Promise<AttemptRecord[]> {
    return repository.findOpenUnder(em, boxId, leaseRequest);
  }

  async allOfBox(em: EntityManager, boxId: string, attempts: readonly { taskId: string; attempt: number }[]): Promise<boolean> {
    return (await repository.countOfBox(em, boxId, attempts)) === attempts.length;
  }

  /**
   * Ends an attempt: clamps what the box claims to our own stamps, takes its share of the box, writes the usage row.
   * Returns the box time it took for load and work, or in vain, in milliseconds; null when the attempt had ended before.
   */
  async close(em: EntityManager, end: AttemptEnd): Promise<{ occupiedMs: number } | null> {
    const open = await repository.lockOpenAttempt(em, end);
    if (!open) return null;
    if (open.boxId === EXTERNAL_BOX) return this.closeExternal(em, end, open);
    const wall = open.to - open.from;
    const meter = end.wasted ? { loadMs: 0, workMs: 0 } : clampMeter(end.meter, wall);
    const time = attemptTime({ from: open.from, to: open.to, weight: open.weight, wasted: end.wasted, ...meter }, open.to, open.others);
    const closed = { ...meter, wastedMs: end.wasted ? Math.floor(wall) : 0, sharePpm: Math.round(time.share * 1_000_000) };
    await repository.closeAttempt(em, end, open, closed, time);
    await this.usage.recordAttempt(em, {
      tenantId: open.tenantId,
      jobId: open.jobId,
      taskId: end.taskId,
      attempt: end.attempt,
      boxId: open.boxId,
      poolId: open.poolId,
      gpuClass: open.gpuClass,
      capacity: open.capacity,
      outcome: end.outcome,
      ...closed,
      startedAt: open.leasedAt,
      endedAt: open.endedAt,
    });
    return { occupiedMs: time.load + time.work + time.wasted };
  }

  /** What a call cost that nobody waited for any more. */
  addWastedPrice(em: EntityManager, tenantId: string, taskId: string, attempt: number, priceMicros: bigint): Promise<void> {
    return this.usage.addAbsorbed(em, tenantId, taskId, attempt, priceMicros);
  }

  /** No seconds of ours: the row holds the price. The call's duration still counts as the tenant's turn. */
  private async closeExternal(em: EntityManager, end: AttemptEnd, open: repository.OpenAttempt): Promise<{ occupiedMs: number }> {
    const none = { loadMs: 0, workMs: 0, wastedMs: 0, sharePpm: 0 };
    await repository.closeAttempt(em, end, open, none, { load: 0, work: 0, wasted: 0, spare: 0 });
    const { tenantId, jobId, boxId, poolId, gpuClass, capacity, leasedAt: startedAt, endedAt } = open;
    const { taskId, attempt, outcome } = end;
    const closed = { tenantId, jobId, taskId, attempt, boxId, poolId, gpuClass, capacity, outcome, ...none, startedAt, endedAt };
    await this.usage.recordExternal(em, closed, end.priceMicros ?? 0n, end.wasted);
    return { occupiedMs: open.to - open.from };
  }

  /** The lives of boxes by class, in milliseconds. */
  async timeOf(em: EntityManager, lives: ReadonlyMap<string, BoxLife>): Promise<Map<string, BoxTime>> {
    const since = ({ drainAt, silentFrom }: BoxLife): number | null =>
      drainAt === null && silentFrom === null ? null : Math.min(drainAt ?? Infinity, silentFrom ?? Infinity);
    const book = await repository.readBook(
      em,
      [...lives].map(([boxId, life]) => ({ boxId, since: since(life) })),
    );
    return new Map([...lives].map(([boxId, life]) => [boxId, boxTime(life, book.get(boxId)!.closed, book.get(boxId)!.tail)]));
  }

  /** The lives of boxes by class, cut at the given instants: the first and the last bound the whole. */
  piecesOf(em: EntityManager, boxes: readonly { box: MeteredBox; life: BoxLife }[], cuts: readonly Date[]): Promise<BoxPiece[]> {
    return readPieces(em, boxes, cuts);
  }

  /** Milliseconds per unit of the latest finished attempts of each kind, newest first. */
  paces(em: EntityManager, perKind: number): Promise<{ kind: string; msPerUnit: number[] }[]> {
    return repository.findPaces(em, perKind);
  }

  failedTasksOf(em: EntityManager, boxId: string): Promise<number> {
    return repository.countFailedTasks(em, boxId);
  }
}
