import { DomainError } from '../../platform/errors/index.js';

export const notYourModel = (): DomainError =>
  new DomainError({
    kind: 'forbidden',
    code: 'permission_denied',
    detail: 'You may see this model but not change it. Ask the person who brought it, or an administrator.',
  });

export const notOfCatalogue = (): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'catalogue_model',
    detail: 'This model belongs to the catalogue of the installation. Only its operator changes it.',
  });

export const modelTooLarge = (maxBytes: number): DomainError =>
  new DomainError({
    kind: 'too_large',
    code: 'model_too_large',
    detail: `Files of models may have ${Math.round(maxBytes / 1e9)} GB here. Bring a smaller one (half precision halves it), or ask the operator to raise ATELIER_MODEL_MAX_GB.`,
  });

export const noSuchPart = (count: number): DomainError =>
  new DomainError({
    kind: 'not_found',
    code: 'no_such_part',
    detail: `The file has ${count} parts, numbered from 1. Ask for the import to see which are missing.`,
  });

export const wrongPart = (expected: number, real: number): DomainError =>
  new DomainError({ kind: 'invalid', code: 'size_mismatch', detail: `This part has ${expected} bytes and ${real} arrived. Send it again whole.` });

export const partArriving = (): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'upload_in_progress',
    detail: 'This part is being sent already. Wait until that request has ended.',
    retryable: true,
  });

export const partsMissing = (missing: readonly number[]): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'upload_incomplete',
    detail: `${missing.length === 1 ? 'Part' : 'Parts'} ${missing.slice(0, 20).join(', ')} ${missing.length === 1 ? 'has' : 'have'} not arrived. Send what is missing, then complete the import.`,
    retryable: true,
    extra: { missing: missing.slice(0, 1000) },
  });

export const tooManyWarm = (max: number): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'too_many_warm',
    detail: `A workspace may keep ${max} models of its own warm, hot or automatic at once, because boxes have room for so much. Set another one to COLD first.`,
  });

export const importOver = (stage: string): DomainError =>
  new DomainError({ kind: 'conflict', code: 'import_over', detail: `This import is ${stage} and takes nothing more. Begin a new one.` });

export const tooManyImports = (allowed: number): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'too_many_imports',
    detail: `${allowed} imports of your organisation are on their way, and no more are taken at once. Wait until one has ended, or cancel one.`,
    retryable: true,
  });

export const fetchTooSlow = (): DomainError =>
  new DomainError({
    kind: 'unavailable',
    code: 'fetch_too_slow',
    detail: 'The server at this address sends less than 64 KiB a second. Bring the file from another address, or upload it.',
    retryable: true,
  });

export const noPicture = (cause: unknown): DomainError =>
  new DomainError({
    kind: 'invalid',
    code: 'no_picture',
    detail: 'The file cannot be read as a picture. Send a JPEG, PNG or WebP of at most 40 megapixels.',
    cause,
  });

export const previewTooLarge = (maxBytes: number): DomainError =>
  new DomainError({
    kind: 'too_large',
    code: 'preview_too_large',
    detail: `A picture of a model may have ${maxBytes / 1024 / 1024} MB. Send a smaller one; 512 pixels are shown.`,
  });

export const noSuchVersion = (): DomainError =>
  new DomainError({ kind: 'not_found', code: 'not_found', detail: 'The model has no such version. Ask for its versions to see which there are.' });
