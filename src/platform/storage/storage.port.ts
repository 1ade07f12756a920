import type { Readable } from 'node:stream';

export interface StoredObject {
  bytes: number;
  /** Hex, 64 characters. */
  sha256: string;
  contentType: string;
}
export interface ListedObject {
  key: string;
  bytes: number;
  modifiedAt: Date;
}
export interface SignGet {
  expiresSeconds: number;
  /** Makes the browser save the file under this name instead of showing it. */
  downloadName?: string;
  /** Answered instead of the stored type. */
  contentType?: string;
}
export interface SignPut {
  expiresSeconds: number;
  bytes: number;
  /** Hex, 64 characters. */
  sha256: string;
  contentType: string;
}

/**
 * Where files live: a folder or an S3 bucket, one contract. Keys are `t/<tenantId>/<kind>/<uuid>…` (see `key.ts`); what a client calls a file is
 * never part of a key. Every call but the two `sign…` refuses to run inside a transaction; those are arithmetic and touch nothing.
 */
export abstract class Storage {
  /** Origin of signed addresses when it is not our own (S3), for the content security policy; else null. */
  abstract readonly foreignOrigin: string | null;
  /** Stores all of `body` or nothing. The same key again replaces what was there. */
  abstract put(key: string, body: Buffer | Readable, o: { contentType: string }): Promise<{ sha256: string; bytes: number }>;
  /** @throws DomainError `file_missing` (404) */
  abstract get(key: string): Promise<Readable>;
  /** @throws DomainError `file_missing` (404), `file_too_large` (413) before more than `maxBytes` were read */
  abstract getBuffer(key: string, maxBytes: number): Promise<Buffer>;
  abstract head(key: string): Promise<StoredObject | null>;
  /** Deletes what is there; what is not there is no fault. */
  abstract delete(keys: readonly string[]): Promise<void>;
  /** Every object whose key starts with `prefix`, in the order of the keys. */
  abstract list(prefix: string): AsyncIterable<ListedObject>;
  /** An absolute address that shows this one object for a while. */
  abstract signGet(key: string, o: SignGet): Promise<string>;
  /** An absolute address that takes exactly these bytes; send exactly these headers with the PUT. */
  abstract signPut(key: string, o: SignPut): Promise<{ url: string; headers: Record<string, string> }>;
  /** Throws when files can be neither read nor written. */
  abstract check(): Promise<void>;
}
