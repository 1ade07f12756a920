import { HttpException } from '@nestjs/common';
import { databaseUnavailable, isConnectionLoss } from '../database/index.js';
import { DomainError, HTTP_STATUS, isDomainError, type ErrorKind, type FieldFault } from '../errors/index.js';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** RFC 9457, plus a stable code, the request's id, and whether trying again can help. Money errors add `estimate`, `available`, `limitSource`. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  requestId: string;
  retryable: boolean;
  errors?: FieldFault[];
  [extra: string]: unknown;
}

/** What each kind means in general; the documentation page shows them. */
export const TITLES: Record<ErrorKind, string> = {
  malformed: 'The request cannot be read',
  unauthenticated: 'Sign in first',
  payment_required: 'Not enough credits',
  forbidden: 'Not allowed',
  not_found: 'Not found',
  conflict: 'In conflict with what is there',
  precondition_failed: 'Changed by somebody else in the meantime',
  too_large: 'Too large',
  unsupported_media: 'Not a type that is taken here',
  invalid: 'The request has faults',
  rate_limited: 'Too many requests',
  unexpected: 'Our fault',
  unavailable: 'Not available at the moment',
};

type Foreign = { statusCode?: number; code?: string; message?: string };

const byCode: Record<string, () => DomainError> = {
  FST_ERR_CTP_INVALID_JSON_BODY: () =>
    new DomainError({ kind: 'malformed', code: 'malformed_json', detail: 'The body is not valid JSON. Check quotes, commas and brackets.' }),
  FST_ERR_CTP_EMPTY_JSON_BODY: () =>
    new DomainError({
      kind: 'malformed',
      code: 'malformed_json',
      detail: 'The body is empty although its type is application/json. Send an object, or no Content-Type.',
    }),
  FST_ERR_CTP_BODY_TOO_LARGE: () => tooLarge('The body is larger than 1 MiB. Send files through POST /api/v1/uploads.'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new DomainError({ kind: 'malformed', code: 'malformed_request', detail: 'The body is not as long as its Content-Length says.' }),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new DomainError({ kind: 'unsupported_media', code: 'unsupported_media_type', detail: 'This type of body is not taken here. Send application/json.' }),
  FST_REQ_FILE_TOO_LARGE: () => tooLarge('The file is larger than one request may carry. Use POST /api/v1/uploads for larger ones.'),
  FST_FILES_LIMIT: () => tooLarge('One request carries one file. Send the others in requests of their own.'),
  FST_PARTS_LIMIT: () => tooLarge('The form has too many parts. Send one file and its few fields.'),
  FST_FIELDS_LIMIT: () => tooLarge('The form has too many fields. Send one file and its few fields.'),
  FST_INVALID_MULTIPART_CONTENT_TYPE: () =>
    new DomainError({ kind: 'unsupported_media', code: 'multipart_expected', detail: 'Send the file as multipart/form-data in a field named "file".' }),
};

/** PostgreSQL's words for a text it cannot store (NUL) or read as what the column holds: whoever sent it can mend it. */
const UNSTORABLE = new Set(['22021', '22P02', '22P05', '22003', '22007', '22008']);

const tooLarge = (detail: string): DomainError => new DomainError({ kind: 'too_large', code: 'too_large', detail });

/** Whatever was thrown, as one of ours. What nobody foresaw becomes `internal_error` and tells the caller nothing but the request id. */
export function asDomainError(error: unknown): DomainError {
  if (isDomainError(error)) return error;
  if (isConnectionLoss(error)) return databaseUnavailable(error);
  const foreign = (
    error instanceof HttpException ? { statusCode: error.getStatus(), ...(error.cause as Foreign | undefined), message: error.message } : (error ?? {})
  ) as Foreign;
  const known = foreign.code === undefined ? undefined : byCode[foreign.code];
  if (known) return known();
  if (foreign.code !== undefined && UNSTORABLE.has(foreign.code)) {
    return new DomainError({
      kind: 'invalid',
      code: 'unusable_value',
      detail: 'One of the values cannot be stored or compared. Look for a NUL character, a number out of range or a malformed id.',
      cause: error,
    });
  }
  const status = foreign.statusCode ?? 500;
  if (status === 404)
    return new DomainError({
      kind: 'not_found',
      code: 'route_not_found',
      detail: 'There is nothing at this path with this method. The list of paths is at /api/docs.',
    });
  if (status >= 400 && status < 500) return clientError(status, foreign);
  return new DomainError({
    kind: 'unexpected',
    code: 'internal_error',
    detail: 'Something went wrong on our side, and it was noted. Give the request id when you ask about it.',
    retryable: true,
    cause: error,
  });
}

function clientError(status: number, foreign: Foreign): DomainError {
  if (status === 413) return tooLarge('The request is larger than what is taken here.');
  if (status === 415) return byCode['FST_ERR_CTP_INVALID_MEDIA_TYPE']!();
  const json = status === 400 && /JSON|__proto__|constructor/i.test(foreign.message ?? '');
  return json
    ? byCode['FST_ERR_CTP_INVALID_JSON_BODY']!()
    : new DomainError({
        kind: 'malformed',
        code: 'malformed_request',
        detail: 'The request cannot be understood as HTTP to this server. Check path, headers and body.',
      });
}

/** The problem document for an error that `request` met. */
export function problemOf(error: unknown, request: { id: string; url: string }): Problem {
  const { kind, code, detail, retryable, errors, extra } = asDomainError(error);
  return {
    ...extra,
    type: `/api/docs#problem-${kind.replace('_', '-')}`,
    title: TITLES[kind],
    status: HTTP_STATUS[kind],
    detail,
    instance: request.url.split('?')[0]!,
    code,
    requestId: request.id,
    retryable,
    ...(errors ? { errors } : {}),
  };
}

/** `Retry-After` and the challenge that go with the problem. */
export function problemHeaders(error: DomainError): Record<string, string> {
  return {
    ...(error.retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.ceil(error.retryAfterSeconds)) }),
    ...(error.kind === 'unauthenticated' ? { 'www-authenticate': 'Bearer realm="atelier"' } : {}),
  };
}
