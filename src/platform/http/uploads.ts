import type { FastifyRequest } from 'fastify';
import { pipeline, Transform, type Readable } from 'node:stream';
import { DomainError } from '../errors/index.js';

/** A file on its way in. The stream fails with 413 when it becomes too large. */
export interface UploadedFile {
  /** What the client calls it: to be shown, never to be trusted or used as a path. */
  filename: string;
  /** What the client says it is. */
  contentType: string;
  field: string;
  /** Text fields that came before the file. */
  fields: Record<string, string>;
  stream: Readable;
}

/** @throws DomainError 415 `multipart_expected`, 422 `file_required`, 413 (while reading) */
export async function uploadedFile(request: FastifyRequest): Promise<UploadedFile> {
  if (!request.isMultipart()) {
    throw new DomainError({ kind: 'unsupported_media', code: 'multipart_expected', detail: 'Send the file as multipart/form-data in a field named "file".' });
  }
  const part = await request.file();
  if (!part)
    throw new DomainError({
      kind: 'invalid',
      code: 'file_required',
      detail: 'The form holds no file. Put it in a field named "file".',
      errors: [{ pointer: '/file', code: 'required', message: 'is required', fix: 'Add the file.' }],
    });
  const fields: Record<string, string> = {};
  for (const [name, field] of Object.entries(part.fields)) {
    if (field && !Array.isArray(field) && field.type === 'field') fields[name] = String(field.value);
  }
  return { filename: part.filename, contentType: part.mimetype, field: part.fieldname, fields, stream: whole(part.file) };
}

/** The parser only cuts a file that is too large; here the cut becomes an error, so that nobody takes a part for the whole. */
function whole(file: Readable & { truncated: boolean }): Readable {
  const checked = new Transform({
    transform: (chunk: Buffer, _encoding, done) => done(null, chunk),
    flush: (done) =>
      done(
        file.truncated
          ? new DomainError({
              kind: 'too_large',
              code: 'too_large',
              detail: 'The file is larger than one request may carry. Use POST /api/v1/uploads for larger ones.',
            })
          : null,
      ),
  });
  pipeline(file, checked, () => undefined);
  return checked;
}
