/** Whether a file of weights may be opened here: its passport is signed by a key of the installation and says of this very file what the lease says. */
import { createPublicKey, verify } from 'node:crypto';
import type { PassportClaims, PassportKey, WeightsRef } from '@atelier/contracts';
import { WeightsFault } from './weights-fault.js';

/** @throws WeightsFault `weights_refused` */
export function checkPassport(ref: WeightsRef, keys: readonly PassportKey[]): PassportClaims {
  const refuse = (why: string) =>
    new WeightsFault('weights_refused', `The weights ${ref.name} are not opened: ${why}. Import the model again, so that it is checked and gets a passport.`);
  const parts = typeof ref.passport === 'string' ? ref.passport.split('.') : [];
  const [header, claims, signature] = parts;
  if (parts.length !== 3 || !header || !claims || !signature) throw refuse('they carry no passport');
  const { alg, kid } = decoded<{ alg?: unknown; kid?: unknown }>(header);
  if (alg !== 'EdDSA') throw refuse('their passport is not signed with EdDSA');
  const key = keys.find((known) => known.kid === kid);
  if (!key) throw refuse('their passport is signed by a key that this installation did not name');
  if (!isSignedBy(key, `${header}.${claims}`, signature)) throw refuse('the signature of their passport does not hold');
  const said = decoded<Partial<PassportClaims>>(claims);
  for (const fact of ['digest', 'bytes', 'format'] as const)
    if (said[fact] !== ref[fact]) throw refuse(`their passport speaks of another file (${fact} ${String(said[fact])} instead of ${ref[fact]})`);
  return said as PassportClaims;
}

function isSignedBy({ kty, crv, x }: PassportKey, text: string, signature: string): boolean {
  try {
    const key = createPublicKey({ key: { kty, crv, x }, format: 'jwk' });
    return key.asymmetricKeyType === 'ed25519' && verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'));
  } catch {
    return false;
  }
}

/** An empty object when it is no JSON object: whatever is looked for in it is then missing. */
function decoded<T extends object>(part: string): Partial<T> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Partial<T>) : {};
  } catch {
    return {};
  }
}
