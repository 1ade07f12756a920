import { isDomainError } from '../../platform/errors/index.js';

export interface Verdict {
  delivered: boolean;
  /** The receiver said that it wants nothing more: 410. */
  gone: boolean;
  /** What went wrong and what helps; null when delivered. */
  error: string | null;
}

const KNOWN: Record<number, string> = {
  401: 'The receiver wants a login (401). Webhooks carry a signature and no login: let this address in without one and check the signature.',
  403: 'The receiver refused (403). Let this address in without a login, and check that a firewall or a check against forgery does not stop it.',
  404: 'Nobody listens at this path (404). Check the address of the endpoint.',
  405: 'The receiver takes no POST at this path (405). Check the address of the endpoint.',
  410: 'The receiver answered that it is gone for good (410). The endpoint was switched off; switch it on when it is back.',
  413: 'The receiver found the body too large (413). Webhooks are below 20 kB: raise its limit.',
  429: 'The receiver asked for a pause (429). It is tried again later.',
};

/** What an answer means. Only 2xx is delivered; redirects are not followed. */
export function verdictOf(status: number, location: string | undefined): Verdict {
  if (status >= 200 && status < 300) return { delivered: true, gone: false, error: null };
  const failed = (error: string): Verdict => ({ delivered: false, gone: status === 410, error });
  if (KNOWN[status]) return failed(KNOWN[status]);
  if (status >= 300 && status < 400) {
    const to = location === undefined ? '' : ` to ${location.slice(0, 200)}`;
    return failed(`The address redirects${to} (${status}), and redirects are not followed. Enter the final address.`);
  }
  if (status >= 500) return failed(`The receiver failed (${status}). Look into its log; it is tried again later, and can be replayed from here.`);
  return failed(`The receiver refused (${status}). Look into its log; it must answer 2xx to what it has taken.`);
}

/** What it means that there was no answer. */
export function silenceOf(error: unknown, timeoutMs: number): Verdict {
  const sentence = (): string => {
    if (!isDomainError(error)) return 'The attempt broke off on our side. It is tried again.';
    if (error.code === 'fetch_timeout') return `There was no complete answer within ${timeoutMs / 1000} s. Answer 2xx at once, and do the work afterwards.`;
    return error.detail;
  };
  return { delivered: false, gone: false, error: sentence() };
}
