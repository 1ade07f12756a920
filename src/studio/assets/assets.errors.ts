import { PARAMETER_LIMITS } from '@atelier/contracts';
import { DomainError, invalid } from '../../platform/errors/index.js';
import { FILM_TYPES } from './film-header.js';
import { ACCEPTED_TYPES } from './image-header.js';

const ACCEPTED = [...ACCEPTED_TYPES, ...FILM_TYPES].map((t) => t.slice('image/'.length).toUpperCase()).join(', ');
const MEGAPIXELS = PARAMETER_LIMITS.uploadPixelsMax / 1e6;
const mb = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;

const refuse = (kind: 'invalid' | 'too_large' | 'unsupported_media', code: string, detail: string): DomainError => new DomainError({ kind, code, detail });

export const fileTooLarge = (maxBytes: number, bytes?: number): DomainError =>
  refuse(
    'too_large',
    'file_too_large',
    `The file${bytes ? ` has ${mb(bytes)} and` : ''} is larger than ${mb(maxBytes)}. Send a smaller one, or save it with stronger compression.`,
  );

export const tooManyPixels = (width: number, height: number): DomainError =>
  refuse(
    'too_large',
    'too_many_pixels',
    `The picture is ${width} × ${height}, ${((width * height) / 1e6).toFixed(1)} megapixels; ${MEGAPIXELS} are accepted. Scale it down and send it again.`,
  );

export const svgRefused = (): DomainError =>
  refuse('unsupported_media', 'unsupported_type', `SVG is a program, not a picture, and is not accepted. Export it as one of ${ACCEPTED} and send that.`);

export const foreignType = (declared?: string): DomainError =>
  refuse(
    'unsupported_media',
    'unsupported_type',
    `${declared ? `“${declared.slice(0, 100)}” is` : 'The file is'} none of ${ACCEPTED}. Convert it to one of them and send it again.`,
  );

export const typeMismatch = (declared: string, real: string): DomainError =>
  refuse(
    'unsupported_media',
    'type_mismatch',
    `The file was declared as ${declared.slice(0, 100)} but is ${real}. Declare it as ${real}, or send the file you meant.`,
  );

export const brokenPicture = (): DomainError =>
  refuse('invalid', 'unreadable_image', 'The picture is damaged or incomplete and cannot be decoded. Save it again in an image program and send the new file.');

export const brokenFilm = (): DomainError =>
  refuse(
    'invalid',
    'unreadable_video',
    'The video is damaged, or holds no picture in H.264, H.265, VP8, VP9 or AV1. Export it again as MP4 (H.264) and send that.',
  );

export const filmTooLarge = (film: { width: number; height: number; frames?: number }, framesMax: number, sideMax: number): DomainError =>
  refuse(
    'too_large',
    'video_too_large',
    `The video is ${film.width} × ${film.height}${film.frames ? ` with ${film.frames} frames at its steady rate` : ''}; ${sideMax} pixels a side and ${framesMax} frames are accepted. Scale it down or cut it.`,
  );

export const filmsUnreadable = (program: string): DomainError =>
  new DomainError({
    kind: 'unavailable',
    code: 'video_unavailable',
    detail: `This installation cannot read videos: ${program} does not start. Its operator installs ffmpeg, or sets FFMPEG_PATH and FFPROBE_PATH.`,
  });

export const wrongSize = (declared: number, real: number): DomainError =>
  refuse('invalid', 'size_mismatch', `${declared} bytes were declared and ${real} arrived. Begin a new upload with the true size.`);

export const wrongDigest = (): DomainError =>
  refuse('invalid', 'digest_mismatch', 'The bytes that arrived do not have the SHA-256 that was declared. Begin a new upload and send the file again.');

export const notMultipart = (): DomainError => refuse('unsupported_media', 'multipart_expected', 'Send the file as multipart/form-data in the field `file`.');

export const fileMissing = (): DomainError =>
  invalid([{ pointer: '/file', code: 'required', message: 'The form has no file in the field `file`.', fix: 'Put the picture into a field named `file`.' }]);

export const notYetUploaded = (): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'upload_incomplete',
    detail: 'No file has arrived for this upload. PUT it to the address you were given, then complete the upload.',
    retryable: true,
  });

export const uploadExpired = (): DomainError =>
  new DomainError({ kind: 'conflict', code: 'upload_expired', detail: 'The upload was not completed in time. Begin a new one.' });

export const assetPinned = (holders: { kind: string; id: string }[]): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'asset_pinned',
    detail: `The asset is in use by ${holders.map((h) => `${h.kind} ${h.id}`).join(', ')}. Wait until that has ended, or cancel it, and delete the asset then.`,
    extra: { holders },
    retryable: true,
  });

export const notYours = (what: string): DomainError =>
  new DomainError({
    kind: 'forbidden',
    code: 'permission_denied',
    detail: `You may see this asset but not ${what}. Ask the person who owns it, or an administrator.`,
  });

export const contentNotYours = (): DomainError =>
  new DomainError({
    kind: 'forbidden',
    code: 'permission_denied',
    detail: 'You may see that this asset exists but not its content: that needs the permission content:read_all. Ask an owner for it.',
  });

export const alreadyArriving = (): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'upload_in_progress',
    detail: 'The file of this upload is being sent already. Wait until that request has ended.',
    retryable: true,
  });
