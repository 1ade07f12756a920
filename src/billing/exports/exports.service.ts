import { Injectable } from '@nestjs/common';
import { Audit } from '../../accounts/audit/index.js';
import { Tenants } from '../../accounts/tenants/index.js';
import { Clock } from '../../platform/clock/index.js';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { decodeCursor, encodeCursor, page, type PageQuery } from '../../platform/http/index.js';
import { newId, typeId } from '../../platform/ids/index.js';
import { Storage } from '../../platform/storage/index.js';
import { readRange } from '../usage/index.js';
import type { Export } from './export.js';
import type { ExportBody, ExportResponse, ExportsPage } from './exports.dto.js';
import { tooManyExports } from './exports.errors.js';
import { ExportsRepository } from './exports.repository.js';
import { FILE_TYPES } from './format.js';
import { controlTotals } from './sidecar.js';
import { sidecarOf } from './storage-key.js';

const UNFINISHED_MAX = 10;
/** Long enough to begin a download, too short to be passed on. */
const ADDRESS_SECONDS = 900;

@Injectable()
export class Exports {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: ExportsRepository,
    private readonly tenants: Tenants,
    private readonly audit: Audit,
    private readonly storage: Storage,
    private readonly clock: Clock,
  ) {}

  /** The file is written afterwards. @throws 422 for a range or zone that cannot be read, 409 when many are being made. */
  async request(ctx: Ctx, body: ExportBody): Promise<ExportResponse> {
    const timeZone = body.timeZone ?? (await this.tenants.get(ctx)).timeZone;
    const { from, to } = readRange({ from: body.from, to: body.to, timeZone }, this.clock.now(), false);
    const wish = { format: body.format, from, to, timeZone, withCost: ctx.permissions.has('cost:read') };
    const id = newId();
    const made = await this.tx.run(ctx, async (em) => {
      if ((await this.repository.unfinishedLocked(em, ctx.tenantId)) >= UNFINISHED_MAX) throw tooManyExports(UNFINISHED_MAX);
      await this.repository.insert(em, ctx.tenantId, id, wish, actorId(ctx), null);
      const after = { format: wish.format, from: from.toISOString(), to: to.toISOString(), timeZone };
      await this.audit.record(em, ctx, { action: 'export.requested', target: typeId('exp', id), after });
      return this.repository.find(em, id);
    });
    return this.shown(ctx, made!);
  }

  /** @throws 404. */
  async get(ctx: Ctx, id: string): Promise<ExportResponse> {
    const found = await this.tx.run(ctx, (em) => this.repository.find(em, id));
    if (!found) throw notFound('exp');
    return this.shown(ctx, found);
  }

  async list(ctx: Ctx, { limit, cursor }: PageQuery): Promise<ExportsPage> {
    const after = cursor === undefined ? null : decodeCursor(cursor);
    const found = page(await this.tx.run(ctx, (em) => this.repository.list(em, limit + 1, after)), limit, (last) =>
      encodeCursor(last.createdAt.toISOString(), last.id),
    );
    return { ...found, data: await Promise.all(found.data.map((one) => this.shown(ctx, one))) };
  }

  /** A file with what the work cost the house opens only to those who may read that. */
  private async shown(ctx: Ctx, found: Export): Promise<ExportResponse> {
    const open = !found.withCost || ctx.permissions.has('cost:read');
    const ready = found.status === 'ready' && found.storageKey !== null && open ? found.storageKey : null;
    const progress =
      found.status === 'ready' || found.status === 'expired' ? 1 : found.rowsExpected ? Math.min(0.99, found.rowsWritten / found.rowsExpected) : 0;
    return {
      id: typeId('exp', found.id),
      scheduleId: found.scheduleId === null ? null : typeId('sch', found.scheduleId),
      format: found.format,
      from: found.from.toISOString(),
      to: found.to.toISOString(),
      timeZone: found.timeZone,
      status: found.status,
      progress,
      rows: found.rowsWritten,
      totals: found.totals && controlTotals({ format: found.format, withCost: found.withCost && open }, found.totals),
      bytes: found.bytes,
      sha256: found.sha256,
      url: ready && (await this.address(ready, `${nameOf(found)}.${FILE_TYPES[found.format].ending}`)),
      sidecarUrl: ready && (await this.address(sidecarOf(ready), `${nameOf(found)}.${FILE_TYPES[found.format].ending}.json`)),
      error: found.error,
      createdAt: found.createdAt.toISOString(),
      finishedAt: found.finishedAt?.toISOString() ?? null,
      expiresAt: found.expiresAt?.toISOString() ?? null,
    };
  }

  private address(key: string, downloadName: string): Promise<string> {
    return this.storage.signGet(key, { expiresSeconds: ADDRESS_SECONDS, downloadName });
  }
}

/** Days as the zone of the file counts them; the end is exclusive, its last moment is meant. */
function nameOf({ from, to, timeZone }: Export): string {
  const day = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return `atelier-usage-${day.format(from)}-to-${day.format(to.getTime() - 1)}`;
}
