import { Inject, Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { ConfigOf } from '../../../platform/config/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { TenantTx } from '../../../platform/database/index.js';
import { Storage } from '../../../platform/storage/index.js';
import { importOver, noSuchPart, partArriving, wrongPart } from '../models.errors.js';
import { modelsConfig } from '../settings.js';
import { isOver, partKey } from './import.entity.js';
import { partCountOf } from './import-view.js';
import type { ImportView } from './imports.dto.js';
import { lockImport, notePart } from './imports.repository.js';
import { Imports } from './imports.service.js';

/** The pieces of an upload. A piece that was cut off is sent again; those that arrived stay. */
@Injectable()
export class ImportParts {
  private readonly arriving = new Set<string>();

  constructor(
    @Inject(modelsConfig.token) private readonly settings: ConfigOf<typeof modelsConfig>,
    private readonly imports: Imports,
    private readonly tx: TenantTx,
    private readonly storage: Storage,
  ) {}

  /** @throws DomainError 404, 409 `import_over`, `upload_in_progress`, 422 `size_mismatch` */
  async put(ctx: Ctx, id: string, n: number, request: IncomingMessage): Promise<ImportView> {
    const row = await this.imports.own(ctx, id);
    if (row.stage !== 'uploading') throw importOver(row.stage);
    const { partBytes } = this.settings;
    const count = partCountOf(row.bytes, partBytes);
    if (!Number.isInteger(n) || n < 1 || n > count) throw noSuchPart(count);
    const expected = n < count ? partBytes : row.bytes! - partBytes * (count - 1);
    const key = partKey(ctx.tenantId, id, n);
    if (this.arriving.has(key)) throw partArriving();
    this.arriving.add(key);
    try {
      const stored = await this.storage.put(key, Readable.from(atMost(request, expected)), { contentType: 'application/octet-stream' });
      if (stored.bytes !== expected) {
        await this.storage.delete([key]);
        throw wrongPart(expected, stored.bytes);
      }
      const now = await this.tx.run(ctx, async (em) => {
        const locked = await lockImport(em, id);
        if (locked?.stage === 'uploading') await notePart(em, id, { n, bytes: stored.bytes });
        return locked;
      });
      if (now?.stage === 'uploading') return await this.imports.get(ctx, id);
      // While the file is being put together the part is one of its own; once the import has ended nobody else would take it away.
      if (!now || isOver(now.stage)) await this.storage.delete([key]);
      throw importOver(now?.stage ?? 'gone');
    } finally {
      this.arriving.delete(key);
    }
  }
}

async function* atMost(source: Readable, bytes: number): AsyncIterable<Buffer> {
  let seen = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    seen += chunk.length;
    if (seen > bytes) throw wrongPart(bytes, seen);
    yield chunk;
  }
}
