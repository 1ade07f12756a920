import type { IncomingHttpHeaders } from 'node:http';
import type { Ctx } from '../context/index.js';

/** What is known about a request before its caller is. A Fastify request fits. */
export interface AuthRequest {
  /** The request id, for `ctx.requestId`. */
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly cookies: Record<string, string | undefined>;
  readonly ip: string;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
}

/** Port: tells who calls. Filled by `accounts/access`. */
export abstract class Authenticator {
  /** @throws DomainError 401 `unauthenticated` and its kin; 403 `csrf_failed` */
  abstract authenticate(request: AuthRequest): Promise<Ctx>;

  /**
   * Who was let in as `ctx` by `request`, as of now and in the same tenant, for connections that outlive the request. A person is known by the
   * session, which outlives the access token they came with.
   * @throws DomainError as `authenticate`; 404 when they are not in the tenant any more
   */
  abstract recheck(request: AuthRequest, ctx: Ctx): Promise<Ctx>;
}
