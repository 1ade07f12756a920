import type { CreateClientConfig } from './client/client.gen.js';
import { Problem, type ProblemBody } from './problem.js';
import { words } from './strings.js';

const SAFE = ['GET', 'HEAD', 'OPTIONS'];

/** The readable twin of the session cookie; sent back as a header it proves that the request comes from our own page. */
export function csrfToken(): string | null {
  return /(?:^|; )atelier_csrf=([^;]+)/.exec(document.cookie)?.[1] ?? null;
}

async function problemOf(answer: Response): Promise<Problem> {
  const body = (await answer.json().catch(() => null)) as ProblemBody | null;
  return new Problem(answer.status, body ?? { detail: words.problem.unexplained(answer.status) });
}

/** Every call of the generated client goes through here. @throws Problem for whatever is not a success. */
async function send(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  const csrf = csrfToken();
  if (csrf && !SAFE.includes(request.method)) request.headers.set('x-csrf-token', csrf);
  const answer = await fetch(request);
  if (!answer.ok) throw await problemOf(answer);
  return answer;
}

/** The generated client asks for this once, when it is made. */
export const createClientConfig: CreateClientConfig = (config) => ({ ...config, baseUrl: '', credentials: 'same-origin', fetch: send });
