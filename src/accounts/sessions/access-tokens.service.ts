import { Injectable } from '@nestjs/common';
import { errors, jwtVerify, SignJWT } from 'jose';
import { Clock } from '../../platform/clock/index.js';
import { isTypeId, parseId, typeId } from '../../platform/ids/index.js';
import { SigningKeys } from './signing-keys.service.js';

export const ACCESS_TOKEN_SECONDS = 600;
const ISSUER = 'atelier';
const AUDIENCE = 'atelier';
const TYPE = 'at+jwt';
const KID = /^[A-Za-z0-9_-]{1,64}$/;

/** Whom an access token names. Rights are never in it: they are looked up, so that they can be taken away. */
export interface AccessClaims {
  userId: string;
  sessionId: string;
  expiresAt: Date;
}

/** Short-lived signed tokens (EdDSA) for programs. */
@Injectable()
export class AccessTokens {
  constructor(
    private readonly keys: SigningKeys,
    private readonly clock: Clock,
  ) {}

  async issue(userId: string, sessionId: string): Promise<string> {
    const { kid, key } = await this.keys.toSign();
    const now = Math.floor(this.clock.now().getTime() / 1000);
    return new SignJWT({ sid: typeId('ses', sessionId) })
      .setProtectedHeader({ alg: 'EdDSA', kid, typ: TYPE })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(typeId('usr', userId))
      .setIssuedAt(now)
      .setExpirationTime(now + ACCESS_TOKEN_SECONDS)
      .sign(key);
  }

  /** Null for anything but an unexpired token of ours: another algorithm, key, audience, type or shape. */
  async verify(token: string): Promise<AccessClaims | null> {
    try {
      const { payload } = await jwtVerify(token, async (header) => this.keyFor(header.kid), {
        algorithms: ['EdDSA'],
        issuer: ISSUER,
        audience: AUDIENCE,
        typ: TYPE,
        requiredClaims: ['sub', 'sid', 'exp', 'iat'],
        currentDate: this.clock.now(),
      });
      if (!isTypeId('usr', payload.sub) || !isTypeId('ses', payload['sid'])) return null;
      return { userId: parseId('usr', payload.sub), sessionId: parseId('ses', payload['sid']), expiresAt: new Date(payload.exp! * 1000) };
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError) return null;
      throw error;
    }
  }

  private async keyFor(kid: string | undefined) {
    const key = kid !== undefined && KID.test(kid) ? await this.keys.toVerify(kid) : undefined;
    if (!key) throw new errors.JWKSNoMatchingKey();
    return key;
  }
}
