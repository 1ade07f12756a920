import { describe, expect, it } from 'vitest';
import { newId, parseId, typeId } from './index.js';

describe('ids', () => {
  it('a TypeID carries its uuid both ways', () => {
    for (const id of [newId(), '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '01890a5d-ac96-774b-bcce-b302099a8057'])
      expect(parseId('job', typeId('job', id))).toBe(id);
  });
  it.each([
    '',
    'job_',
    'ast_01h2xcejqtf2nbrexx3vqjhp41',
    'job_zzzzzzzzzzzzzzzzzzzzzzzzzz',
    'job_01k00000000000000000000000',
    "job_01h2xcejqtf2nbrexx3vqjhp4'",
    42,
    null,
  ])('the malformed id %j is answered as not found', (text) => expect(() => parseId('job', text)).toThrowError(expect.objectContaining({ kind: 'not_found' })));
});
