import { Injectable } from '@nestjs/common';
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { SystemTx, TenantTx } from '../../platform/database/index.js';
import { DomainError, isDomainError, notFound } from '../../platform/errors/index.js';
import { newId, typeId } from '../../platform/ids/index.js';
import { Storage } from '../../platform/storage/index.js';
import type { UploadRow } from './asset.entity.js';
import type { AssetView, UploadBody, UploadView } from './assets.dto.js';
import { alreadyArriving, fileTooLarge, foreignType, notYetUploaded, typeMismatch, uploadExpired, wrongSize } from './assets.errors.js';
import { findAssets } from './assets.repository.js';
import { openUpload } from './assets.system.repository.js';
import { cleanFilename } from './filename.js';
import { FILM_TYPES } from './film-header.js';
import { ACCEPTED_TYPES } from './image-header.js';
import { FileIntake } from './file-intake.service.js';
import { IncomingAssets } from './incoming-assets.service.js';
import { discardBody } from '../../platform/http/index.js';
import { uploadKey } from './storage-keys.js';
import { StorageQuota } from './storage-quota.service.js';
import { findUpload, insertUpload, lockUpload, markCompleted, markRefused } from './uploads.repository.js';

/** For so long the address takes the file, and the upload can be completed. */
const TTL_SECONDS = 3600;
const digest = (token: string): Buffer => createHash('sha256').update(token).digest();

/**
 * Files in three steps: begin, PUT to an address, complete. With a declared SHA-256 the address leads to the storage itself and takes those
 * bytes only; without one it leads through our own door, which a token opens.
 */
@Injectable()
export class Uploads {
  /** Uploads whose file is on its way: each is written aside, so that many of one would fill the disk unseen by any quota. */
  private readonly arriving = new Set<string>();

  constructor(
    private readonly tx: TenantTx,
    private readonly system: SystemTx,
    private readonly storage: Storage,
    private readonly quota: StorageQuota,
    private readonly intake: FileIntake,
    private readonly incoming: IncomingAssets,
  ) {}

  async begin(ctx: Ctx, body: UploadBody): Promise<UploadView> {
    const contentType = body.contentType === 'image/jpg' ? 'image/jpeg' : body.contentType;
    if (!([...ACCEPTED_TYPES, ...FILM_TYPES] as readonly string[]).includes(contentType)) throw foreignType(body.contentType);
    if (body.size > this.intake.maxBytes) throw fileTooLarge(this.intake.maxBytes, body.size);
    await this.quota.admit(ctx, body.size);

    const id = newId();
    const storageKey = uploadKey(ctx.tenantId, id);
    const token = randomBytes(32).toString('base64url');
    const upload = {
      id,
      storageKey,
      contentType,
      ownerId: actorId(ctx),
      teamId: ctx.teamId ?? null,
      purpose: body.purpose ?? 'input',
      filename: cleanFilename(body.filename) ?? 'file',
      bytes: body.size,
      sha256: body.sha256 ?? null,
      tokenHash: body.sha256 ? null : digest(token),
    };
    const expiresAt = await this.tx.run(ctx, (em) => insertUpload(em, ctx.tenantId, upload, TTL_SECONDS));
    const target = body.sha256
      ? await this.storage.signPut(storageKey, { expiresSeconds: TTL_SECONDS, bytes: body.size, sha256: body.sha256, contentType })
      : { url: `${this.incoming.publicUrl}/api/v1/uploads/${typeId('upl', id)}/content`, headers: { 'content-type': contentType, 'x-upload-token': token } };
    return { uploadId: typeId('upl', id), ...target, expiresAt: expiresAt.toISOString() };
  }

  /** Our own door for the PUT. Whoever holds the token may use it until the upload is completed or expires; the last file counts. */
  async put(id: string, token: string | undefined, request: IncomingMessage): Promise<void> {
    try {
      await this.take(id, token, request);
    } catch (error) {
      discardBody(request);
      throw error;
    }
  }

  private async take(id: string, token: string | undefined, request: IncomingMessage): Promise<void> {
    if (this.arriving.has(id)) throw alreadyArriving();
    this.arriving.add(id);
    try {
      await this.receive(id, token, request);
    } finally {
      this.arriving.delete(id);
    }
  }

  private async receive(id: string, token: string | undefined, request: IncomingMessage): Promise<void> {
    const contentType = request.headers['content-type'];
    const upload = await this.system.run('open upload', (em) => openUpload(em, id));
    if (!upload || !token || !timingSafeEqual(digest(token), upload.tokenHash)) throw notFound('upload');
    if (contentType !== upload.contentType) throw typeMismatch(upload.contentType, contentType ?? 'of no declared type');
    const stored = await this.storage.put(upload.storageKey, Readable.from(atMost(request, upload.bytes)), { contentType });
    if (stored.bytes === upload.bytes) return;
    await this.storage.delete([upload.storageKey]);
    throw wrongSize(upload.bytes, stored.bytes);
  }

  async complete(ctx: Ctx, id: string): Promise<AssetView> {
    const upload = await this.tx.run(ctx, (em) => findUpload(em, id));
    if (!upload || upload.ownerId !== actorId(ctx)) throw notFound('upload');
    const settled = await this.settled(ctx, upload);
    if (settled) return settled;

    const source = await this.storage.get(upload.storageKey).catch((error: unknown) => {
      throw isDomainError(error) && error.code === 'file_missing' ? notYetUploaded() : error;
    });
    try {
      const asset = await this.intake.check(source, upload, async (file) => {
        await this.quota.ensureRoom(ctx, file.bytes);
        return this.incoming.keep(ctx, file, upload, {
          before: async (em) => (await lockUpload(em, id))?.assetId ?? null,
          after: (em, assetId) => markCompleted(em, id, assetId),
        });
      });
      await this.storage.delete([upload.storageKey]);
      return asset;
    } catch (error) {
      await this.refuse(ctx, upload, error);
      throw error;
    }
  }

  private async settled(ctx: Ctx, upload: UploadRow): Promise<AssetView | null> {
    if (upload.refusal) throw new DomainError(upload.refusal);
    if (upload.assetId) {
      const [asset] = await this.tx.run(ctx, (em) => findAssets(em, [upload.assetId!]));
      if (!asset || asset.deleted) throw notFound('ast');
      return this.incoming.view(asset);
    }
    if (upload.state === 'expired' || upload.overdue) throw uploadExpired();
    return null;
  }

  /** What is wrong with the file stays wrong: the answer is kept, the bytes are not. */
  private async refuse(ctx: Ctx, upload: UploadRow, error: unknown): Promise<void> {
    if (!isDomainError(error)) return;
    const { kind, code, detail } = error;
    if (kind !== 'invalid' && kind !== 'too_large' && kind !== 'unsupported_media') return;
    await this.tx.run(ctx, (em) => markRefused(em, upload.id, { kind, code, detail }));
    await this.storage.delete([upload.storageKey]);
  }
}

async function* atMost(source: Readable, bytes: number): AsyncIterable<Buffer> {
  let seen = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    seen += chunk.length;
    if (seen > bytes) throw wrongSize(bytes, seen);
    yield chunk;
  }
}
