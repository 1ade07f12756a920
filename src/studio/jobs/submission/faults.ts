import type { Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { DomainError, invalid, type FieldFault } from '../../../platform/errors/index.js';

/** Collects everything that is wrong with a request, so that it is all said at once. */
export class Faults {
  private constructor(
    private readonly base: string,
    private readonly found: FieldFault[],
  ) {}

  static none(): Faults {
    return new Faults('', []);
  }

  /** The same collection, seen from a deeper place of the body. */
  under(pointer: string): Faults {
    return new Faults(this.base + pointer, this.found);
  }

  /** The pointer from the root of the body. */
  at(pointer: string): string {
    return this.base + pointer;
  }

  add(pointer: string, fault: Omit<FieldFault, 'pointer'>): void {
    this.found.push({ pointer: this.at(pointer), ...fault });
  }

  /** Whether a field, or something inside it, has a fault: then nothing more can be said about it. */
  touch(pointer: string): boolean {
    const at = this.at(pointer);
    return this.found.some((fault) => fault.pointer === at || fault.pointer.startsWith(`${at}/`));
  }

  /** @throws DomainError 422 with every fault; 404 when all that is wrong is that something named does not exist for the caller. */
  throwIfAny(): void {
    if (this.found.length === 0) return;
    if (this.found.every((fault) => fault.code === 'not_found')) {
      throw new DomainError({
        kind: 'not_found',
        code: 'not_found',
        detail: `${this.found.map((fault) => fault.message).join(' ')} Check the id.`,
        errors: this.found,
      });
    }
    throw invalid(this.found);
  }
}

/** Reads a body as a DTO, defaults applied, and notes every fault with its JSON pointer. Unknown fields are faults: a typo must not pass for a default. */
export function readDto<T extends object>(dto: Type<T>, raw: unknown, faults: Faults): T {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    faults.add('', { code: 'is_object', message: 'a JSON object is needed here', fix: 'Wrap it in braces.' });
    return new dto();
  }
  const value = plainToInstance(dto, raw);
  for (const error of validateSync(value, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: false })) note(error, '', faults);
  return value;
}

/** What the database cannot hold: the NUL character, and halves of characters. Browsers never send them. */
export function noteUnstorable(value: unknown, faults: Faults, pointer = ''): void {
  if (typeof value === 'string') {
    if (/\0|\p{Surrogate}/u.test(value))
      faults.add(pointer, { code: 'not_text', message: `${pointer.slice(1)} holds a character that is none (NUL, or half of one)`, fix: 'Remove it.' });
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) noteUnstorable(inner, faults, `${pointer}/${escaped(name)}`);
  }
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

function note(error: ValidationError, base: string, faults: Faults): void {
  const pointer = `${base}/${escaped(error.property)}`;
  const rules = Object.entries(error.constraints ?? {});
  const name = pointer.slice(1).replaceAll('/', '.');
  if (rules.some(([rule]) => rule === 'whitelistValidation'))
    faults.add(pointer, { code: 'unknown_field', message: `${name} is not a field here`, fix: 'Remove it, or check its spelling.' });
  else if (rules.length > 0 && error.value === undefined) faults.add(pointer, { code: 'required', message: `${name} is required`, fix: 'Add it.' });
  else {
    // Of a wrong type, bounds mean nothing: "must be at most 5" says little about a list.
    const typed = rules.filter(([rule]) => /^is[A-Z]/.test(rule));
    for (const [rule, message] of typed.length > 0 ? typed : rules)
      faults.add(pointer, { code: rule.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), message });
  }
  for (const child of error.children ?? []) note(child, pointer, faults);
}
