import type { WeightFormat } from './models.js';

/**
 * What was found of a file of weights before anything may open it, signed by the installation. A box opens no file whose digest is not
 * in a passport that verifies. Written as a compact JWS (EdDSA): `base64url(header).base64url(claims).base64url(signature)`; header `{alg:'EdDSA', kid}`.
 */
export interface PassportClaims {
  v: 1;
  /** SHA-256 of the file, lower-case hex. */
  digest: string;
  bytes: number;
  format: WeightFormat;
  /** Version of the rules it was checked by. */
  rules: number;
  /** Names of the checks it passed, e.g. `safetensors_header`, `antivirus`. */
  checks: string[];
  /** ISO 8601. */
  checkedAt: string;
}

/** Public half of a key that signs passports: an Ed25519 JWK. */
export interface PassportKey {
  kid: string;
  kty: 'OKP';
  crv: 'Ed25519';
  x: string;
}
