import { DeleteObjectsCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { assertNoTransaction } from '../database/index.js';
import { DomainError } from '../errors/index.js';
import { newId } from '../ids/index.js';
import { attachment } from './disposition.js';
import { checkedKey } from './key.js';
import type { S3Address } from './settings.js';
import { fileMissing, fileTooLarge } from './storage.errors.js';
import { Storage, type ListedObject, type SignGet, type SignPut, type StoredObject } from './storage.port.js';

/** S3 deletes at most this many keys in one request. */
const DELETE_BATCH = 1000;

const toBase64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
const toHex = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');
const isMissing = (error: unknown): boolean => ['NoSuchKey', 'NotFound'].includes((error as Error).name);

/**
 * Files in an S3 bucket. Each object carries its SHA-256 as S3's own checksum, so S3 refuses other bytes and tells the digest without a
 * download. Credentials come from the SDK's chain.
 */
export class S3Storage extends Storage {
  override readonly foreignOrigin: string;
  private readonly client: S3Client;

  /** @param spool folder for streams of unknown length, which S3 wants to know before it takes them */
  constructor(
    private readonly address: S3Address,
    private readonly spool: string,
  ) {
    super();
    const { region, endpoint, bucket } = address;
    this.client = new S3Client({
      region,
      ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
      // Ours is SHA-256 and always sent; the SDK's default CRC32 beside it would only be another header to sign.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    this.foreignOrigin = endpoint ? new URL(endpoint).origin : `https://${bucket}.s3.${region}.amazonaws.com`;
  }

  override async put(key: string, body: Buffer | Readable, o: { contentType: string }): Promise<{ sha256: string; bytes: number }> {
    assertNoTransaction('Storage.put');
    const name = this.name(key);
    if (!(body instanceof Readable)) {
      const sha256 = createHash('sha256').update(body).digest('hex');
      await this.upload(name, body, body.length, sha256, o.contentType);
      return { sha256, bytes: body.length };
    }
    const draft = join(this.spool, newId());
    try {
      const { sha256, bytes } = await this.spooled(body, draft);
      await this.upload(name, createReadStream(draft), bytes, sha256, o.contentType);
      return { sha256, bytes };
    } finally {
      await rm(draft, { force: true });
    }
  }

  override async get(key: string): Promise<Readable> {
    return (await this.download(key)).stream;
  }

  override async getBuffer(key: string, maxBytes: number): Promise<Buffer> {
    const { stream, bytes } = await this.download(key);
    if (bytes > maxBytes) {
      stream.destroy();
      throw fileTooLarge(bytes, maxBytes);
    }
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }

  override async head(key: string): Promise<StoredObject | null> {
    assertNoTransaction('Storage.head');
    const Key = this.name(key);
    try {
      const found = await this.client.send(new HeadObjectCommand({ Bucket: this.address.bucket, Key, ChecksumMode: 'ENABLED' }));
      if (found.ChecksumSHA256 === undefined) return null;
      return { bytes: found.ContentLength ?? 0, sha256: toHex(found.ChecksumSHA256), contentType: found.ContentType ?? 'application/octet-stream' };
    } catch (error) {
      if (isMissing(error)) return null;
      throw unavailable(error);
    }
  }

  override async delete(keys: readonly string[]): Promise<void> {
    assertNoTransaction('Storage.delete');
    for (let from = 0; from < keys.length; from += DELETE_BATCH) {
      const Objects = keys.slice(from, from + DELETE_BATCH).map((key) => ({ Key: this.name(key) }));
      const { Errors } = await this.client
        .send(new DeleteObjectsCommand({ Bucket: this.address.bucket, Delete: { Objects, Quiet: true } }))
        .catch((error: unknown) => {
          throw unavailable(error);
        });
      if (Errors?.length) throw unavailable(new Error(`${Errors.length} objects were not deleted, the first because of ${Errors[0]?.Code}`));
    }
  }

  override async *list(prefix: string): AsyncIterable<ListedObject> {
    assertNoTransaction('Storage.list');
    const base = this.address.prefix ? `${this.address.prefix}/` : '';
    let token: string | undefined;
    do {
      const page = await this.client
        .send(new ListObjectsV2Command({ Bucket: this.address.bucket, Prefix: base + prefix, ContinuationToken: token }))
        .catch((error: unknown) => {
          throw unavailable(error);
        });
      for (const found of page.Contents ?? []) {
        yield { key: found.Key!.slice(base.length), bytes: found.Size ?? 0, modifiedAt: found.LastModified ?? new Date(0) };
      }
      token = page.NextContinuationToken;
    } while (token);
  }

  override signGet(key: string, o: SignGet): Promise<string> {
    const command = new GetObjectCommand({
      Bucket: this.address.bucket,
      Key: this.name(key),
      ...(o.downloadName === undefined ? {} : { ResponseContentDisposition: attachment(o.downloadName) }),
      ...(o.contentType === undefined ? {} : { ResponseContentType: o.contentType }),
    });
    return getSignedUrl(this.client, command, { expiresIn: o.expiresSeconds });
  }

  override async signPut(key: string, o: SignPut): Promise<{ url: string; headers: Record<string, string> }> {
    const checksum = toBase64(o.sha256);
    const command = new PutObjectCommand({
      Bucket: this.address.bucket,
      Key: this.name(key),
      ContentLength: o.bytes,
      ContentType: o.contentType,
      ChecksumSHA256: checksum,
    });
    // Left as signed headers instead of query parameters: S3 then refuses any other type, length or digest.
    const url = await getSignedUrl(this.client, command, {
      expiresIn: o.expiresSeconds,
      signableHeaders: new Set(['host', 'content-type', 'content-length', 'x-amz-checksum-sha256']),
      unhoistableHeaders: new Set(['x-amz-checksum-sha256']),
    });
    return { url, headers: { 'content-type': o.contentType, 'x-amz-checksum-sha256': checksum } };
  }

  override async check(): Promise<void> {
    await this.client.send(new ListObjectsV2Command({ Bucket: this.address.bucket, Prefix: this.address.prefix, MaxKeys: 1 }));
  }

  private name(key: string): string {
    return this.address.prefix ? `${this.address.prefix}/${checkedKey(key)}` : checkedKey(key);
  }

  private async upload(Key: string, Body: Buffer | Readable, ContentLength: number, sha256: string, ContentType: string): Promise<void> {
    const command = new PutObjectCommand({ Bucket: this.address.bucket, Key, Body, ContentLength, ContentType, ChecksumSHA256: toBase64(sha256) });
    await this.client.send(command).catch((error: unknown) => {
      throw unavailable(error);
    });
  }

  private async download(key: string): Promise<{ stream: Readable; bytes: number }> {
    assertNoTransaction('Storage.get');
    const Key = this.name(key);
    try {
      const found = await this.client.send(new GetObjectCommand({ Bucket: this.address.bucket, Key }));
      return { stream: found.Body as Readable, bytes: found.ContentLength ?? 0 };
    } catch (error) {
      throw isMissing(error) ? fileMissing() : unavailable(error);
    }
  }

  private async spooled(body: Readable, draft: string): Promise<{ sha256: string; bytes: number }> {
    await mkdir(this.spool, { recursive: true, mode: 0o700 });
    const hash = createHash('sha256');
    let bytes = 0;
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        hash.update(chunk);
        done(null, chunk);
      },
    });
    await pipeline(body, measure, createWriteStream(draft, { flags: 'wx', mode: 0o600 }));
    return { sha256: hash.digest('hex'), bytes };
  }
}

const unavailable = (cause: unknown): DomainError =>
  new DomainError({
    kind: 'unavailable',
    code: 'storage_unavailable',
    detail: 'The file storage does not answer as it should. Try again in a moment; the operator finds the reason in the log.',
    retryAfterSeconds: 5,
    cause,
  });
