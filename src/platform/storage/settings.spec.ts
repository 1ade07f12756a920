import { describe, expect, it } from 'vitest';
import { parseS3Address } from './settings.js';

describe('STORAGE_URL', () => {
  it.each([
    ['s3://pictures', { bucket: 'pictures', prefix: '', region: 'us-east-1', endpoint: undefined }],
    ['s3://pictures/studio/a/?region=eu-central-1', { bucket: 'pictures', prefix: 'studio/a', region: 'eu-central-1', endpoint: undefined }],
    ['s3://pictures?endpoint=http://127.0.0.1:9000', { bucket: 'pictures', prefix: '', region: 'us-east-1', endpoint: 'http://127.0.0.1:9000' }],
  ])('%s is understood', (address, wanted) => expect(parseS3Address(address)).toEqual(wanted));
  it.each(['s3:///prefix', 's3://A_B', 's3://pictures?endpoint=minio', 's3://pictures?endpoint=ftp://x', 's3://id:secret@pictures', 's3://pictures/a b'])(
    '%s is refused by a sentence that names it and hides what is secret',
    (address) => {
      expect(() => parseS3Address(address)).toThrowError(/^STORAGE_URL cannot be used: (?!.*secret)/);
    },
  );
});
