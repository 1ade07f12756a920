import { Injectable } from '@nestjs/common';
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import type { Ctx } from '../../platform/context/index.js';
import { DomainError, isDomainError } from '../../platform/errors/index.js';
import type { AssetView } from './assets.dto.js';
import { fileMissing, fileTooLarge, notMultipart } from './assets.errors.js';
import { cleanFilename } from './filename.js';
import { FileIntake } from './file-intake.service.js';
import { IncomingAssets } from './incoming-assets.service.js';
import { discardBody } from '../../platform/http/index.js';
import { StorageQuota } from './storage-quota.service.js';

/** What may surround the file in a multipart body. */
const ENVELOPE_BYTES = 64 * 1024;

/** Small files in one request. */
@Injectable()
export class DirectUploads {
  constructor(
    private readonly quota: StorageQuota,
    private readonly intake: FileIntake,
    private readonly incoming: IncomingAssets,
  ) {}

  async receive(ctx: Ctx, request: FastifyRequest): Promise<AssetView> {
    try {
      return await this.take(ctx, request);
    } catch (error) {
      discardBody(request.raw);
      throw error;
    }
  }

  private async take(ctx: Ctx, request: FastifyRequest): Promise<AssetView> {
    if (!request.isMultipart()) throw notMultipart();
    const announced = Number(request.headers['content-length'] ?? 0);
    if (announced > this.intake.maxBytes + ENVELOPE_BYTES) throw fileTooLarge(this.intake.maxBytes, announced);
    await this.quota.admit(ctx, Math.max(0, announced - ENVELOPE_BYTES));
    const part = await this.filePart(request);
    try {
      return await this.intake.check(part.file, { contentType: part.mimetype }, async (file) => {
        await this.quota.ensureRoom(ctx, file.bytes);
        return this.incoming.keep(ctx, file, { filename: cleanFilename(part.filename), purpose: 'input' });
      });
    } catch (error) {
      throw !isDomainError(error) && part.file.errored ? malformed(error) : error;
    }
  }

  private async filePart(request: FastifyRequest): Promise<MultipartFile> {
    // The size is counted by the intake, which names the limit; here it only must not end earlier.
    const limits = { files: 1, fields: 10, parts: 11, fieldSize: 1024, headerPairs: 20, fileSize: this.intake.maxBytes + 1 };
    const part = await request.file({ limits, throwFileSizeLimit: false }).catch((error: unknown) => {
      throw malformed(error);
    });
    if (part?.fieldname === 'file') return part;
    throw fileMissing();
  }
}

const malformed = (cause: unknown): DomainError =>
  new DomainError({
    kind: 'malformed',
    code: 'malformed_multipart',
    detail: 'The multipart body cannot be read, or ended early. Send one file in the field `file`, with at most ten other fields.',
    cause,
  });
