import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits for a cookie, a refresh token or a link in a mail. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

/** What is stored of a secret. Plain SHA-256 is right here: 256 random bits cannot be guessed, so there is nothing to slow down. */
export const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret, 'utf8').digest();

/** Tells clients apart without keeping more than a hash of what they send anyway. */
export const fingerprint = (client: { ip: string; userAgent: string }): Buffer =>
  createHash('sha256').update(`${client.ip}\n${client.userAgent}`, 'utf8').digest();
