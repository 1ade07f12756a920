import { plainToInstance, type ClassConstructor } from 'class-transformer';
import { validate, type ValidationError } from 'class-validator';
import { DomainError, invalid, type FieldFault } from '../errors/index.js';

/** Deeper bodies than this describe nothing we know, and would exhaust the stack of those who walk them. */
const DEPTH_MAX = 64;
/** The longest lists are the digests that a box has cached; the largest body is a tenant's moderation rules with 20 × 100 words. */
const VALUES_MAX = 10_000;
const ITEMS_MAX = 2000;
const MEMBERS_MAX = 200;
const NAME_MAX = 256;

/** `width must be …` for every fault of every field, nested ones with their whole pointer (`/loras/0/weight`). */
export function faultsOf(errors: readonly ValidationError[], base = ''): FieldFault[] {
  return errors.flatMap((error) => {
    const pointer = `${base}/${error.property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    return [...ownFaults(error, pointer), ...faultsOf(error.children ?? [], pointer)];
  });
}

function ownFaults(error: ValidationError, pointer: string): FieldFault[] {
  const constraints = Object.entries(error.constraints ?? {});
  if (constraints.length === 0) return [];
  const name = pointer.slice(1).replaceAll('/', '.');
  if (constraints.some(([rule]) => rule === 'whitelistValidation'))
    return [{ pointer, code: 'unknown_field', message: `${name} is not a field here`, fix: 'Remove it, or check its spelling.' }];
  if (error.value === undefined)
    return [
      {
        pointer,
        code: 'required',
        message: `${name} is required`,
        fix:
          fixOf(
            error,
            constraints.map(([rule]) => rule),
          ) ?? 'Add it.',
      },
    ];
  // Of a wrong type, bounds mean nothing: "must be at most 5" says little about a list.
  const typed = constraints.filter(([rule]) => /^is[A-Z]/.test(rule));
  return (typed.length > 0 ? typed : constraints).map(([rule, message]) => {
    const fix = fixOf(error, [rule]);
    return { pointer, code: codeOf(rule), message: message.replaceAll(`$property`, name), ...(fix ? { fix } : {}) };
  });
}

/** A DTO may name the cure: `@Max(8, { context: { fix: 'Use batchCount for more.' } })`. */
function fixOf(error: ValidationError, rules: string[]): string | undefined {
  const contexts = error.contexts as Record<string, { fix?: string } | undefined> | undefined;
  return rules.map((rule) => contexts?.[rule]?.fix).find((fix) => fix !== undefined);
}

const codeOf = (rule: string): string => rule.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

/**
 * `plain` as an instance of its DTO, with the class's defaults. Unknown fields are faults; nothing is converted that the DTO does not convert itself.
 * @throws DomainError `validation_failed` (422) naming every fault at once
 */
export async function validated<T extends object>(dto: ClassConstructor<T>, plain: unknown): Promise<T> {
  const source = plain ?? {};
  if (typeof source !== 'object' || Array.isArray(source))
    throw invalid([{ pointer: '', code: 'is_object', message: 'the body must be a JSON object', fix: 'Wrap it in braces.' }]);
  const instance = plainToInstance(dto, source, { enableImplicitConversion: false });
  const errors = await validate(instance, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: false, validationError: { target: false } });
  if (errors.length > 0) throw invalid(faultsOf(errors));
  return instance;
}

/**
 * Before anybody walks a body: what validation costs grows faster than what is sent, so a body is bounded in depth and in number.
 * @throws DomainError `too_deep` (422), `too_many_values` (400)
 */
export function refuseUnwieldy(value: unknown): void {
  let level: unknown[] = [value];
  let seen = 0;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEPTH_MAX)
      throw new DomainError({ kind: 'invalid', code: 'too_deep', detail: `The body is nested deeper than ${DEPTH_MAX} levels. Make it flatter.` });
    const next: unknown[] = [];
    for (const item of level) {
      if (item === null || typeof item !== 'object') continue;
      const inner = innerOf(item);
      seen += inner.length;
      if (seen > VALUES_MAX) throw tooMany(`The body holds more than ${VALUES_MAX} values.`);
      for (const one of inner) next.push(one);
    }
    level = next;
  }
}

function innerOf(item: object): unknown[] {
  if (Array.isArray(item)) {
    if (item.length > ITEMS_MAX) throw tooMany(`A list of the body has more than ${ITEMS_MAX} items.`);
    return item as unknown[];
  }
  const names = Object.keys(item);
  if (names.length > MEMBERS_MAX) throw tooMany(`An object of the body has more than ${MEMBERS_MAX} members.`);
  if (names.some((name) => name.length > NAME_MAX)) throw tooMany(`A member of the body has a name of more than ${NAME_MAX} characters.`);
  return Object.values(item);
}

const tooMany = (cause: string): DomainError =>
  new DomainError({ kind: 'malformed', code: 'too_many_values', detail: `${cause} No request of this API needs so many: send less, or in several requests.` });
