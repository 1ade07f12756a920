import { Problem, type ProblemBody } from './problem.js';
import { words } from './strings.js';

/** The readable twin of the session cookie; sent back as a header it proves that the request comes from our own page. */
export function csrfToken(): string | null {
  return /(?:^|; )atelier_csrf=([^;]+)/.exec(document.cookie)?.[1] ?? null;
}

type Query = Record<string, string | number | boolean | null | undefined>;
interface Call {
  query?: Query;
  body?: unknown;
  form?: FormData;
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

async function call<T>(method: string, path: string, { query = {}, body, form, signal, headers = {} }: Call = {}): Promise<T> {
  const url = new URL(`/api/v1${path}`, location.origin);
  for (const [key, value] of Object.entries(query)) if (value !== undefined && value !== null && value !== '') url.searchParams.set(key, String(value));
  const csrf = csrfToken();
  if (method !== 'GET' && csrf) headers['x-csrf-token'] = csrf;
  if (body !== undefined) headers['content-type'] = 'application/json';
  const answer = await fetch(url, { method, headers, signal, credentials: 'same-origin', body: form ?? (body === undefined ? undefined : JSON.stringify(body)) });
  const text = await answer.text();
  const parsed: unknown = text && /json/.test(answer.headers.get('content-type') ?? '') ? JSON.parse(text) : null;
  if (!answer.ok) throw new Problem(answer.status, (parsed as ProblemBody | null) ?? { detail: words.problem.unexplained(answer.status) });
  return parsed as T;
}

export const http = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) => call<T>('GET', path, { query, signal }),
  post: <T>(path: string, body?: unknown, o: Omit<Call, 'body'> = {}) => call<T>('POST', path, { ...o, body }),
  patch: <T>(path: string, body: unknown) => call<T>('PATCH', path, { body }),
  delete: <T>(path: string) => call<T>('DELETE', path),
  upload: <T>(path: string, form: FormData) => call<T>('POST', path, { form }),
};
