import { DomainError } from '../errors/index.js';

export const fileMissing = (): DomainError =>
  new DomainError({ kind: 'not_found', code: 'file_missing', detail: 'The file is not there (any more). Ask for its address again.' });

export const fileTooLarge = (bytes: number, maxBytes: number): DomainError =>
  new DomainError({ kind: 'too_large', code: 'file_too_large', detail: `The file has ${bytes} bytes; at most ${maxBytes} are read here.` });

export const badKey = (): DomainError =>
  new DomainError({
    kind: 'unexpected',
    code: 'storage_key_invalid',
    detail: 'A storage key has segments of letters, digits, dot, dash and underscore that do not begin with a dot; make keys from ids, never from file names.',
  });

export const addressRefused = (why: 'expired' | 'tampered'): DomainError =>
  new DomainError({
    kind: 'forbidden',
    code: why === 'expired' ? 'address_expired' : 'address_invalid',
    detail:
      why === 'expired'
        ? 'This address has expired. Ask the API for a new one.'
        : 'This address was not signed by us for this request. Use it exactly as the API gave it.',
  });

export const contentMismatch = (said: string, got: string): DomainError =>
  new DomainError({
    kind: 'invalid',
    code: 'content_mismatch',
    detail: `The address was signed for ${said}, but ${got} arrived. Nothing was kept; ask for an address for the file you send.`,
  });
