import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import type { PassportClaims, PassportKey } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import { InstallationKeys } from '../../accounts/sessions/index.js';
import { PassportKeys } from '../../fleet/boxes/index.js';

/** The ASN.1 frame of an Ed25519 private key (RFC 8410 §7), to be followed by its 32 bytes. */
const FRAME = Buffer.from('302e020100300506032b657004220420', 'hex');
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signs what was found of a file of weights, so that a box can tell without asking. The key follows from the installation's secret. */
@Injectable()
export class Passports extends PassportKeys {
  private readonly key: KeyObject;
  private readonly shown: PassportKey;

  constructor(keys: InstallationKeys) {
    super();
    this.key = createPrivateKey({ key: Buffer.concat([FRAME, keys.of('passports of weights')]), format: 'der', type: 'pkcs8' });
    const { x } = createPublicKey(this.key).export({ format: 'jwk' }) as { x: string };
    this.shown = { kid: createHash('sha256').update(x).digest('base64url').slice(0, 16), kty: 'OKP', crv: 'Ed25519', x };
  }

  keys(): Promise<PassportKey[]> {
    return Promise.resolve([this.shown]);
  }

  /** A compact JWS. */
  sign(claims: PassportClaims): string {
    const text = `${encoded({ alg: 'EdDSA', kid: this.shown.kid })}.${encoded(claims)}`;
    return `${text}.${sign(null, Buffer.from(text), this.key).toString('base64url')}`;
  }
}
