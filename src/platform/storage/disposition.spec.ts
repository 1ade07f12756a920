import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attachment } from './disposition.js';

describe('download names', () => {
  it('a name is offered in ASCII and in full', () => {
    expect(attachment('Käse.png')).toBe(`attachment; filename="K_se.png"; filename*=UTF-8''K%C3%A4se.png`);
  });
  it.each(['', '...', '/', '\r\n', '"'])('%j becomes a usable name', (name) => expect(attachment(name)).toContain('filename="file"'));
  it('no name breaks out of the header or of the folder', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const header = attachment(name);
        expect(header).toMatch(/^attachment; filename="[\x20-\x7e]*"; filename\*=UTF-8''[A-Za-z0-9._~!$&+^`|%#-]*$/);
        expect(header.split('"')).toHaveLength(3);
        expect(header).not.toMatch(/[\r\n/\\]/);
      }),
    );
  });
});
