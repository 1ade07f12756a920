import { csrfFault, fromOwnPage, type AuthRequest } from '../../platform/http/index.js';
import { malformedAuthorization, notSignedIn } from './access.errors.js';

export interface Credential {
  kind: 'cookie' | 'bearer';
  secret: string;
}

/**
 * What vouches for a request. From our own pages only the cookie does, so that a token that leaked into a page is worth nothing there; from
 * everywhere else a bearer token, and the cookie only where no other site can have sent the request.
 * @throws 401 when nothing does, 403 `csrf_failed`
 */
export function credentialOf(request: AuthRequest, cookieName: string, publicUrl: string): Credential {
  const own = fromOwnPage(request, publicUrl);
  const { authorization, origin } = request.headers;
  if (!own && authorization !== undefined) {
    const match = /^Bearer ([\x21-\x7e]{1,4096})$/i.exec(authorization);
    if (!match) throw malformedAuthorization();
    return { kind: 'bearer', secret: match[1]! };
  }
  const secret = request.cookies[cookieName];
  if (!secret || (!own && origin !== undefined)) throw notSignedIn();
  const fault = csrfFault(request, publicUrl);
  if (fault) throw fault;
  return { kind: 'cookie', secret };
}
