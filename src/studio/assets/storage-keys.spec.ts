import { describe, expect, it } from 'vitest';
import { assetKey, plainKey, readKey, renditionPrefixes, thumbnailKey, uploadKey } from './storage-keys.js';

const tenantId = '0193f000-0000-7000-8000-000000000001';
const id = '0193f000-0000-7000-8000-000000000002';

describe('storage keys', () => {
  it('are read back as what they were made for', () => {
    expect(readKey(assetKey(tenantId, id))).toEqual({ tenantId, kind: 'original' });
    expect(readKey(uploadKey(tenantId, id))).toEqual({ tenantId, kind: 'original' });
    expect(readKey(thumbnailKey(tenantId, id, 512))).toEqual({ tenantId, kind: 'rendition', assetId: id });
    expect(readKey(plainKey(tenantId, id))).toEqual({ tenantId, kind: 'rendition', assetId: id });
    expect(readKey(`t/${tenantId}/out/${id}/1/abc`)).toEqual({ tenantId, kind: 'output' });
  });
  it('of other rooms are left alone', () => {
    expect(readKey(`t/${tenantId}/mail/${id}`)).toBeNull();
    expect(readKey('weights/abc')).toBeNull();
    expect(readKey(`t/${tenantId}/asset/`)).toBeNull();
  });
  it('of every rendition begin with a prefix that is removed with the asset', () => {
    const prefixes = renditionPrefixes(tenantId, id);
    for (const key of [thumbnailKey(tenantId, id, 256), plainKey(tenantId, id)]) expect(prefixes.some((p) => key.startsWith(p))).toBe(true);
  });
});
