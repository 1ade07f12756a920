import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Audit } from '../../../accounts/audit/index.js';
import { systemCtx } from '../../../platform/context/index.js';
import { outsideTransaction, SystemTx } from '../../../platform/database/index.js';
import { isDomainError } from '../../../platform/errors/index.js';
import { typeId } from '../../../platform/ids/index.js';
import { Sweeper } from '../../../platform/outbox/index.js';
import { Storage } from '../../../platform/storage/index.js';
import { log } from '../../../platform/telemetry/index.js';
import { Refusal } from '../checks/refusal.js';
import { dropUnneeded } from '../weights.system.repository.js';
import { Arrival } from './arrival.service.js';
import { isOver, NotOurs, partPrefix, type ImportRefusal, type ImportRow, type ImportStage } from './import.entity.js';
import { lockImport, setStage } from './imports.repository.js';
import { dropAbandoned, note, overAmong, postpone, takeImport, type ImportKind } from './imports.system.repository.js';
import { Acceptance } from './acceptance.service.js';

const SWEEP_MS = 2_000;
const UPKEEP_MS = 600_000;
const LEASE_SECONDS = 60;
const RENEW_MS = 15_000;
const ATTEMPTS_MAX = 5;
const ABANDONED_HOURS = 24;
const UNNEEDED_HOURS = 24;
const PER_SWEEP = 100;
/** A refusal of what the address is, or of the file: another try would end the same way. */
const FOR_GOOD = ['invalid', 'too_large', 'unsupported_media', 'forbidden', 'not_found', 'conflict'];

/** How many of a kind are carried at once in each process, each of another tenant. */
const AT_ONCE = 3;
const GOODBYE_MS = 10_000;

/** This process is about to end. */
class Leaving extends Error {}

/** All attempts were taken up, and none came back to say how it ended. */
class TookProcessesDown extends Error {}

/** Carries imports from waiting to their end. A row's lease is renewed while it is worked on, so that a dead process loses nothing. */
@Injectable()
export class ImportWork implements OnModuleInit, BeforeApplicationShutdown {
  private readonly log = log('studio/models');
  private readonly lines: Record<ImportKind, Set<Promise<void>>> = { upload: new Set(), address: new Set() };
  private leaving = false;

  constructor(
    private readonly system: SystemTx,
    private readonly sweeper: Sweeper,
    private readonly arrival: Arrival,
    private readonly acceptance: Acceptance,
    private readonly storage: Storage,
    private readonly audit: Audit,
  ) {}

  onModuleInit(): void {
    this.sweeper.every('imports of models', SWEEP_MS, async () => this.wake());
    this.sweeper.every('weights that nobody needs', UPKEEP_MS, () => this.upkeep());
  }

  /** What is being carried is given back for another process, or this one's next life. */
  async beforeApplicationShutdown(): Promise<void> {
    this.leaving = true;
    await Promise.race([Promise.allSettled([...this.lines.upload, ...this.lines.address]), new Promise((resolve) => setTimeout(resolve, GOODBYE_MS).unref())]);
  }

  /** Begins with what waits, unless enough are under way here. */
  wake(): void {
    this.begin('upload');
    this.begin('address');
  }

  private begin(kind: ImportKind): void {
    const lines = this.lines[kind];
    if (this.leaving || !this.arrival.isHere || lines.size >= AT_ONCE) return;
    const line = outsideTransaction(() => this.carry(kind))
      .catch((error: unknown) => this.log.warn({ err: error }, 'imports wait for the next sweep'))
      .finally(() => lines.delete(line));
    lines.add(line);
  }

  private async carry(kind: ImportKind): Promise<void> {
    while (!this.leaving) {
      const row = await this.system.run('take a model import', (em) => takeImport(em, kind, LEASE_SECONDS));
      if (!row) return;
      this.begin(kind);
      await this.one(row);
    }
  }

  private async one(row: ImportRow): Promise<void> {
    if (row.attempts > ATTEMPTS_MAX) return this.ended(row, new TookProcessesDown());
    let [stage, progress]: [ImportStage, number] = [row.stage, row.progress];
    let gone = false;
    const tell = async (): Promise<void> => {
      if (!(await this.system.run('model import under way', (em) => note(em, row, stage, progress, LEASE_SECONDS)))) gone = true;
    };
    const renewal = setInterval(() => void tell().catch(() => undefined), RENEW_MS);
    let toldAt = 0;
    const onStep = async (nextStage: ImportStage, nextProgress: number): Promise<void> => {
      const changed = nextStage !== stage;
      [stage, progress] = [nextStage, nextProgress];
      if (changed || Date.now() - toldAt > 500) {
        toldAt = Date.now();
        await tell();
      }
      if (gone) throw new NotOurs();
      if (this.leaving) throw new Leaving();
    };
    try {
      await this.arrival.withFile(row, onStep, (file) => this.acceptance.accept(row, file, onStep));
      await this.clear(row);
    } catch (error) {
      if (error instanceof Leaving) await this.system.run('give a model import back', (em) => postpone(em, row, 0, true));
      else if (error instanceof NotOurs) await this.arrival.forget(row.id);
      else await this.ended(row, error);
    } finally {
      clearInterval(renewal);
    }
  }

  private async ended(row: ImportRow, error: unknown): Promise<void> {
    const refusal = refusalOf(error);
    if (!refusal) this.log.warn({ err: error, importId: row.id, attempts: row.attempts }, 'an import did not get through');
    if (!refusal && row.attempts < ATTEMPTS_MAX) {
      return this.system.run('postpone a model import', (em) => postpone(em, row, 2 ** row.attempts));
    }
    const why = refusal ?? { code: 'import_failed', message: messageOf(error), fix: 'Begin the import again later; when it fails again, ask the operator.' };
    await this.system.run('end a model import', async (em) => {
      const now = await lockImport(em, row.id);
      if (!now || isOver(now.stage)) return;
      await setStage(em, row.id, refusal ? 'refused' : 'failed', { refusal: why });
      const ctx = systemCtx(row.tenantId, 'studio/models');
      await this.audit.record(em, ctx, { action: 'model.refused', target: typeId('mdv', row.id), after: { filename: row.filename, ...why } });
    });
    await this.clear(row);
  }

  /** Forgets what has arrived of an import that is over. */
  async clear({ tenantId, id }: Pick<ImportRow, 'tenantId' | 'id'>): Promise<void> {
    await this.arrival.forget(id);
    const keys: string[] = [];
    for await (const { key } of this.storage.list(partPrefix(tenantId, id))) keys.push(key);
    await this.storage.delete(keys);
  }

  async upkeep(): Promise<void> {
    for (const row of await this.system.run('abandoned model uploads', (em) => dropAbandoned(em, ABANDONED_HOURS, PER_SWEEP))) await this.clear(row);
    await this.arrival.tidy((ids) => this.system.run('imports that are over', (em) => overAmong(em, ids)));
    await this.storage.delete(await this.system.run('weights that nobody needs', (em) => dropUnneeded(em, UNNEEDED_HOURS, PER_SWEEP)));
  }
}

/** Only what was written for people: what a database or a disk says is for the log. */
const messageOf = (error: unknown): string =>
  isDomainError(error) ? `The file could not be taken in: ${error.detail}` : 'The file could not be taken in for a reason of ours.';

/** Null: it may work another time. */
function refusalOf(error: unknown): ImportRefusal | null {
  if (error instanceof Refusal) return { code: error.code, message: error.reason, fix: error.cure };
  if (isDomainError(error) && FOR_GOOD.includes(error.kind)) return { code: error.code, message: error.detail, fix: 'Bring another file, or another address.' };
  return null;
}
