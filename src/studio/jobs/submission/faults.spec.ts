import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, ValidateNested } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { Faults, noteUnstorable, readDto } from './faults.js';

class Inner {
  weight = 1;
}
class Body {
  width!: number;
  steps = 20;
  loras?: Inner[];
}
IsInt()(Inner.prototype, 'weight');
for (const rule of [IsInt(), Max(10)]) rule(Body.prototype, 'width');
IsInt()(Body.prototype, 'steps');
for (const rule of [IsOptional(), ValidateNested({ each: true }), Type(() => Inner)]) rule(Body.prototype, 'loras');

const read = (raw: unknown, base = ''): { value: Body; faults: { pointer: string; code: string }[] } => {
  const faults = Faults.none();
  const value = readDto(Body, raw, base ? faults.under(base) : faults);
  try {
    faults.throwIfAny();
    return { value, faults: [] };
  } catch (error) {
    return { value, faults: (error as { errors: { pointer: string; code: string }[] }).errors.map(({ pointer, code }) => ({ pointer, code })) };
  }
};

describe('a body', () => {
  it('gets its defaults', () => {
    expect(read({ width: 5 }).value).toMatchObject({ width: 5, steps: 20 });
  });

  it('has all of its faults named at once, nested and unknown fields too', () => {
    expect(read({ steps: null, loras: [{ weight: 'x' }], heigth: 1 }).faults).toEqual([
      { pointer: '/heigth', code: 'unknown_field' },
      { pointer: '/width', code: 'required' },
      { pointer: '/steps', code: 'is_int' },
      { pointer: '/loras/0/weight', code: 'is_int' },
    ]);
  });

  it('is pointed at from the root, wherever it stands', () => {
    expect(read({ width: 11 }, '/parameters').faults).toEqual([{ pointer: '/parameters/width', code: 'max' }]);
    expect(read({ 'a/b~c': 1, width: 1 }).faults[0]!.pointer).toBe('/a~1b~0c');
  });

  it.each([null, undefined, 'text', 7, []])('that is %j is one fault', (raw) => {
    expect(read(raw).faults).toEqual([{ pointer: '', code: 'is_object' }]);
  });
});

it('a text that the database cannot hold is a fault, wherever it stands', () => {
  const faults = Faults.none();
  noteUnstorable({ prompt: 'a\0b', loras: [{ model: '\ud800' }], fine: '😀 é', n: 1, none: null }, faults);
  expect(['/prompt', '/loras/0/model', '/fine', '/n', '/none'].filter((pointer) => faults.touch(pointer))).toEqual(['/prompt', '/loras/0/model']);
});

describe('what does not exist', () => {
  it('is 404 when nothing else is wrong, else one fault among others', () => {
    const faults = Faults.none();
    faults.add('/image', { code: 'not_found', message: 'There is no such picture.' });
    expect(() => faults.throwIfAny()).toThrowError(expect.objectContaining({ kind: 'not_found', errors: [expect.objectContaining({ pointer: '/image' })] }));
    faults.add('/width', { code: 'max', message: 'too wide' });
    expect(() => faults.throwIfAny()).toThrowError(
      expect.objectContaining({ kind: 'invalid', errors: expect.arrayContaining([expect.objectContaining({ pointer: '/image' })]) }),
    );
  });
});
