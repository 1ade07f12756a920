import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Readable } from 'node:stream';
import type { EntityManager } from 'typeorm';
import { Tenants } from '../../accounts/tenants/index.js';
import { isDomainError } from '../../platform/errors/index.js';
import { Sweeper } from '../../platform/outbox/index.js';
import { Storage } from '../../platform/storage/index.js';
import { log } from '../../platform/telemetry/index.js';
import { UsageReports } from '../usage/index.js';
import type { Export, Totals, Written } from './export.js';
import { focusFile, jobsFile, type ExportFile, type FocusCost } from './export-file.js';
import { ExportRecords } from './export-records.service.js';
import { ExportRowsRepository, type Mark, type Reading } from './export-rows.repository.js';
import { pageInterrupted, writtenByAnother } from './exports.errors.js';
import { FILE_TYPES } from './format.js';
import type { JobRow } from './job-row.js';
import { isSpent, retryAfter } from './patience.js';
import { sidecar } from './sidecar.js';
import { keyOf, sidecarOf } from './storage-key.js';

const SWEEP_MS = 1000;
/** Kept each second; a page takes a fraction of one. */
const LEASE_SECONDS = 60;
const PROGRESS_MS = 1000;
const PAGE = 1000;
export const KEEP_DAYS = 30;

type Pages<T> = (em: EntityManager, reading: Reading, take: (row: T) => void) => Promise<Mark | null>;

/** Writes the files, one after the other, in pages of rows: memory and transactions stay small however long a file is. */
@Injectable()
export class ExportWriting implements OnModuleInit {
  private readonly log = log('billing/exports');

  constructor(
    private readonly records: ExportRecords,
    private readonly rows: ExportRowsRepository,
    private readonly tenants: Tenants,
    private readonly reports: UsageReports,
    private readonly storage: Storage,
    private readonly sweeper: Sweeper,
  ) {}

  onModuleInit(): void {
    this.sweeper.every('billing/exports: write', SWEEP_MS, () => this.run());
  }

  /** Writes what waits. A process that dies leaves its file to the next that looks after the lease is over. */
  async run(): Promise<void> {
    for (let found = await this.records.claim(LEASE_SECONDS); found; found = await this.records.claim(LEASE_SECONDS)) await this.write(found);
  }

  private async write(found: Export): Promise<void> {
    if (isSpent(found)) return void (await this.records.fail(found, found.error ?? 'The process that wrote it ended three times.', null));
    try {
      const written = await this.file(found);
      if (!(await this.records.finish(found, written, KEEP_DAYS))) throw writtenByAnother();
    } catch (error) {
      if (!isDomainError(error) || error.code !== 'export_superseded')
        this.log.warn({ err: error, exportId: found.id, attempts: found.attempts }, 'an export could not be written');
      // First the row, then the bytes: a file that the row has stays.
      const isNobodys = await this.records.fail(found, 'The file could not be written. The cause is in the log of the program.', retryAfter(found));
      if (isNobodys) await this.storage.delete([keyOf(found), sidecarOf(keyOf(found))]).catch(() => undefined);
    }
  }

  private async file(found: Export): Promise<Written> {
    const storageKey = keyOf(found);
    const { totals, chunks } = await this.contents(found);
    const { bytes, sha256 } = await this.storage.put(storageKey, Readable.from(chunks, { objectMode: false, highWaterMark: 1 << 16 }), {
      contentType: FILE_TYPES[found.format].contentType,
    });
    const written = { storageKey, bytes, sha256, totals };
    await this.storage.put(sidecarOf(storageKey), sidecar(found, written), { contentType: 'application/json' });
    return written;
  }

  private async contents(found: Export): Promise<{ totals: Totals; chunks: AsyncGenerator<Buffer> }> {
    const expected = (await this.records.inTenant(found, (em) => this.reports.totals(em, found.tenantId, found))).jobs;
    if (found.format === 'focus') {
      const { name } = await this.tenants.get(found);
      const file = focusFile({ tenantId: found.tenantId, name });
      const charges: Pages<FocusCost> = (em, reading, take) => this.rows.charges(em, reading, (charge) => take({ charge }));
      const usage: Pages<FocusCost> = (em, reading, take) => this.rows.charged(em, reading, (one) => take({ usage: one }));
      return { totals: file.totals, chunks: this.chunks(found, file, [charges, usage], expected) };
    }
    const file = jobsFile(found.format, found.withCost);
    const ended: Pages<JobRow> = (em, reading, take) => this.rows.ended(em, reading, take);
    const others: Pages<JobRow> = (em, reading, take) => this.rows.others(em, reading, take);
    return { totals: file.totals, chunks: this.chunks(found, file, [ended, others], expected) };
  }

  private async *chunks<T>(found: Export, file: ExportFile<T>, parts: readonly Pages<T>[], expected: number): AsyncGenerator<Buffer> {
    let toldAt = -Infinity;
    for (const read of parts)
      for (let after: Mark | null = null, first = true; first || after; first = false) {
        after = await this.addPage(found, file, read, after);
        if (performance.now() - toldAt >= PROGRESS_MS) {
          if (!(await this.records.progress(found, file.totals.rows, expected, LEASE_SECONDS))) throw writtenByAnother();
          toldAt = performance.now();
        }
        const bytes = file.take();
        if (bytes.length > 0) yield bytes;
      }
    file.finish();
    yield file.take();
  }

  /** Rows that a file has taken cannot be given back: when the connection is lost in a page, the whole file is written again. */
  private addPage<T>(found: Export, file: ExportFile<T>, read: Pages<T>, after: Mark | null): Promise<Mark | null> {
    let begun = false;
    return this.records.inTenant(found, (em) => {
      if (begun) throw pageInterrupted();
      begun = true;
      return read(em, { tenantId: found.tenantId, from: found.from, to: found.to, after, limit: PAGE }, (row) => file.add(row));
    });
  }
}
