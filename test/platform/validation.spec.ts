import 'reflect-metadata';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsInt, IsOptional, IsString, Max, MaxLength, Min, ValidateNested } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { IsTypeId } from '../../src/platform/http/is-type-id.js';
import { PageQuery } from '../../src/platform/http/page.dto.js';
import { refuseUnwieldy, validated } from '../../src/platform/http/validation.js';

class Lora {
  @IsString()
  model: string;
  @IsOptional()
  @Max(2, { context: { fix: 'Use 2 or less.' } })
  @Min(0)
  weight: number = 0.8;
}
class Body {
  @IsString()
  @MaxLength(5)
  prompt: string;
  @IsOptional()
  @IsInt()
  @Min(64)
  @Max(128)
  width: number = 64;
  @IsOptional()
  @IsTypeId('ast')
  image?: string;
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(2)
  @ValidateNested({ each: true })
  @Type(() => Lora)
  loras?: Lora[];
}

const faults = async (body: unknown): Promise<{ pointer: string; code: string }[]> => {
  const error = (await validated(Body, body).catch((e: unknown) => e)) as { kind: string; errors: { pointer: string; code: string; message: string }[] };
  expect(error.kind).toBe('invalid');
  return error.errors.map(({ pointer, code }) => ({ pointer, code }));
};

describe('validation', () => {
  it('a good body becomes its class, with defaults', async () => {
    const body = await validated(Body, { prompt: 'fox', loras: [{ model: 'a' }] });
    expect(body).toBeInstanceOf(Body);
    expect(body).toMatchObject({ prompt: 'fox', width: 64, loras: [{ model: 'a', weight: 0.8 }] });
    expect(body.loras![0]).toBeInstanceOf(Lora);
  });
  it('every fault is named at once, nested ones with their whole pointer', async () => {
    expect(await faults({ prompt: 'too long', width: 7, loras: [{ model: 'a', weight: 3 }, { weight: -1 }], image: 'job_1', extra: 1 })).toEqual([
      { pointer: '/extra', code: 'unknown_field' },
      { pointer: '/prompt', code: 'max_length' },
      { pointer: '/width', code: 'min' },
      { pointer: '/image', code: 'is_type_id' },
      { pointer: '/loras/0/weight', code: 'max' },
      { pointer: '/loras/1/model', code: 'required' },
      { pointer: '/loras/1/weight', code: 'min' },
    ]);
  });
  it('nothing is converted: a number in quotes is no number, and bounds are not asked of it', async () => {
    expect(await faults({ prompt: 'fox', width: '64' })).toEqual([{ pointer: '/width', code: 'is_int' }]);
    expect(await faults({ prompt: 5 })).toEqual([{ pointer: '/prompt', code: 'is_string' }]);
  });
  it.each([undefined, {}, null])('an absent body lacks what is required (%j)', async (body) =>
    expect(await faults(body)).toEqual([{ pointer: '/prompt', code: 'required' }]),
  );
  it.each([[[]], ['text'], [5], [true]])('a body that is no object is refused (%j)', async (body) =>
    expect(await faults(body)).toEqual([{ pointer: '', code: 'is_object' }]),
  );
  it('members that would reach a prototype reach nothing', async () => {
    const body = await validated(Body, JSON.parse('{"prompt":"fox","__proto__":{"width":99},"constructor":{"prototype":{"width":99}}}'));
    expect(body).toEqual({ prompt: 'fox', width: 64 });
    expect(body.constructor).toBe(Body);
    expect(({} as { width?: number }).width).toBeUndefined();
  });
  it('a DTO may name the cure', async () => {
    await expect(validated(Body, { prompt: 'fox', loras: [{ model: 'a', weight: 3 }] })).rejects.toMatchObject({ errors: [{ fix: 'Use 2 or less.' }] });
  });
  it('a list query counts in numbers from 1 to 100', async () => {
    expect(await validated(PageQuery, {})).toEqual({ limit: 25 });
    expect(await validated(PageQuery, { limit: '7' })).toMatchObject({ limit: 7 });
    for (const limit of ['0', '101', '1.5', 'x', '', ['1', '2']])
      await expect(validated(PageQuery, { limit })).rejects.toMatchObject({ code: 'validation_failed' });
  });
  it('a body nested beyond measure is refused before anybody walks it', () => {
    expect(() => refuseUnwieldy(JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)))).toThrowError(expect.objectContaining({ code: 'too_deep' }));
    expect(() => refuseUnwieldy({ a: [{ b: { c: 'd' } }] })).not.toThrow();
  });
  it.each([
    ['116,000 unknown members', Object.fromEntries(Array.from({ length: 116_000 }, (_, i) => [`k${i}`, 1]))],
    ['a list of 100,000 objects', { loras: Array.from({ length: 100_000 }, () => ({})) }],
    ['11,000 values in small lists', { loras: Array.from({ length: 11 }, () => Array.from({ length: 1000 }, () => 0)) }],
    ['a name of 1,000 characters', { ['x'.repeat(1000)]: 1 }],
  ])('a body with %s is refused before anybody validates it', (_, body) => {
    expect(() => refuseUnwieldy(body)).toThrowError(expect.objectContaining({ kind: 'malformed', code: 'too_many_values' }));
  });
  it('the largest bodies of the API pass: twenty rules of a hundred words, and two thousand digests twice', () => {
    const rule = { name: 'r', words: Array.from({ length: 100 }, () => 'word'), enabled: true };
    expect(() => refuseUnwieldy({ rules: Array.from({ length: 20 }, () => rule) })).not.toThrow();
    const digests = Array.from({ length: 2000 }, () => 'd');
    expect(() => refuseUnwieldy({ loaded: digests, cached: digests })).not.toThrow();
  });
  it('of more than a hundred faults the first hundred are named and the rest are counted', async () => {
    const body = { prompt: 'fox', ...Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`k${i}`, 1])) };
    const error = (await validated(Body, body).catch((e: unknown) => e)) as { detail: string; errors: unknown[] };
    expect(error.errors).toHaveLength(100);
    expect(error.detail).toMatch(/^The request has 150 faults: .*\/k99 and 50 more\.$/);
  });
});
