/** The closed list of kinds; the HTTP filter maps each to one status. */
export const HTTP_STATUS = {
  malformed: 400,
  unauthenticated: 401,
  payment_required: 402,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  precondition_failed: 412,
  too_large: 413,
  unsupported_media: 415,
  invalid: 422,
  rate_limited: 429,
  unexpected: 500,
  unavailable: 503,
} as const;
export type ErrorKind = keyof typeof HTTP_STATUS;

/** One fault of one field. `pointer` is a JSON pointer into the request body (`/width`). */
export interface FieldFault {
  pointer: string;
  code: string;
  message: string;
  fix?: string;
}

interface DomainErrorInit {
  kind: ErrorKind;
  /** Stable, snake_case. */
  code: string;
  /** The cause and the cure, in a sentence for the person who reads it. */
  detail: string;
  retryable?: boolean;
  errors?: FieldFault[];
  /** Further members of the problem body, e.g. `estimate`, `available`, `limitSource`. */
  extra?: Record<string, unknown>;
  retryAfterSeconds?: number;
  cause?: unknown;
}

/** The only error that services throw on purpose. */
export class DomainError extends Error {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly detail: string;
  readonly retryable: boolean;
  readonly errors?: FieldFault[];
  readonly extra?: Record<string, unknown>;
  readonly retryAfterSeconds?: number;

  constructor(init: DomainErrorInit) {
    super(init.detail, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = 'DomainError';
    this.kind = init.kind;
    this.code = init.code;
    this.detail = init.detail;
    this.retryable = init.retryable ?? (init.kind === 'unavailable' || init.kind === 'rate_limited');
    this.errors = init.errors;
    this.extra = init.extra;
    this.retryAfterSeconds = init.retryAfterSeconds;
  }
}

export const isDomainError = (error: unknown): error is DomainError => error instanceof DomainError;

const NOUNS: Record<string, string> = {
  ast: 'asset',
  usr: 'user',
  tnt: 'tenant',
  key: 'API key',
  ses: 'session',
  mdl: 'model',
  upl: 'upload',
  mem: 'member',
  bud: 'budget',
  inc: 'increase',
};

/** 404 for what does not exist and for what belongs to somebody else: the two must not be told apart. */
export function notFound(what: string): DomainError {
  const noun = NOUNS[what] ?? what;
  return new DomainError({ kind: 'not_found', code: 'not_found', detail: `There is no such ${noun}, or it is not yours to see. Check the id.` });
}

/** More faults than these tell nobody more, and would make the answer larger than the question. */
const FAULTS_SHOWN = 100;

/** 422 with every fault at once; beyond a hundred the rest is counted. */
export function invalid(faults: FieldFault[]): DomainError {
  const errors = faults.slice(0, FAULTS_SHOWN);
  const fields = errors.map((e) => e.pointer || '/').join(', ');
  const more = faults.length > errors.length ? ` and ${faults.length - errors.length} more` : '';
  return new DomainError({
    kind: 'invalid',
    code: 'validation_failed',
    detail: `The request has ${faults.length} fault${faults.length === 1 ? '' : 's'}: ${fields}${more}.`,
    errors,
  });
}
