import { words } from './strings.js';

/** One fault of one field, tied to it by a JSON pointer such as `/parameters/width`. */
export interface FieldFault {
  pointer: string;
  code: string;
  message: string;
  fix?: string;
}

/** The budget that a job did not fit into; amounts in credits. */
export interface RefusingBudget {
  id: string;
  name: string;
  limit: string;
  spent: string;
  held: string;
  resetsAt: string;
  timeZone: string;
}

/** The body of an error answer (RFC 9457) with the extensions of this API. */
export interface ProblemBody {
  title?: string;
  status?: number;
  detail?: string;
  code?: string;
  requestId?: string;
  retryable?: boolean;
  errors?: FieldFault[];
  estimate?: string;
  available?: string;
  limitSource?: string;
  budget?: RefusingBudget;
}

/** Every refusal or failure of the API, also a missing network (`code: 'offline'`, status 0). */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | null;
  readonly retryable: boolean;
  readonly faults: readonly FieldFault[];
  readonly estimate: string | null;
  readonly available: string | null;
  /** The budget that has too little left. */
  readonly budget: RefusingBudget | null;

  constructor(status: number, body: ProblemBody) {
    super(body.detail ?? body.title ?? words.problem.unexplained(status));
    this.name = 'Problem';
    this.status = status;
    this.code = body.code ?? (status === 0 ? 'offline' : `http_${status}`);
    this.requestId = body.requestId ?? null;
    this.retryable = body.retryable ?? (status === 0 || status >= 500);
    this.faults = body.errors ?? [];
    this.estimate = body.estimate ?? null;
    this.available = body.available ?? null;
    this.budget = body.budget ?? null;
  }

  /** What to do now, when the answer did not say it itself. */
  get cure(): string {
    const known = words.problem.cures as Record<string, string | undefined>;
    const byField = this.faults
      .map(({ fix }) => fix)
      .filter(Boolean)
      .join(' ');
    return byField || known[this.code] || known[`http_${this.status}`] || (this.retryable ? words.problem.tryAgain : words.problem.askOperator);
  }
}

export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TypeError) return new Problem(0, { detail: words.problem.offline });
  return new Problem(500, { code: 'page_fault', detail: words.problem.pageFault, retryable: true });
}

/** The last segment of a pointer names the field: `/parameters/width` → `width`. */
export function fieldOf(pointer: string): string {
  return pointer.split('/').at(-1) ?? pointer;
}

/** Faults by field name, first fault wins; those of fields that the form does not show come back as `rest`. */
export function faultsByField(problem: Problem | null, shown: readonly string[]): { fields: Record<string, FieldFault>; rest: FieldFault[] } {
  const fields: Record<string, FieldFault> = {};
  const rest: FieldFault[] = [];
  // A fault without a cure of its own gets that of the refusal, such as another plan.
  const cure = (words.problem.cures as Record<string, string | undefined>)[problem?.code ?? ''];
  for (const given of problem?.faults ?? []) {
    const fault = { ...given, fix: given.fix ?? cure };
    const name = fault.pointer.split('/').find((segment) => shown.includes(segment)) ?? fieldOf(fault.pointer);
    if (!shown.includes(name)) rest.push(fault);
    else fields[name] ??= fault;
  }
  return { fields, rest };
}
