import { ValidateBy, type ValidationOptions } from 'class-validator';
import { isTypeId, type IdPrefix } from '../ids/index.js';

const NOUNS: Partial<Record<IdPrefix, string>> = {
  ast: 'an asset',
  job: 'a job',
  mdl: 'a model',
  usr: 'a user',
  tnt: 'a tenant',
  team: 'a team',
  key: 'an API key',
  upl: 'an upload',
};

/** The value is a TypeID with this prefix (`ast_01j…`); it stays one, the service calls `parseId`. */
export const IsTypeId = (prefix: IdPrefix, options?: ValidationOptions): PropertyDecorator =>
  ValidateBy(
    {
      name: 'isTypeId',
      validator: {
        validate: (value: unknown) => isTypeId(prefix, value),
        defaultMessage: (args) =>
          `${options?.each ? 'each value in ' : ''}${args!.property} must be the id of ${NOUNS[prefix] ?? `something`}, such as ${prefix}_01h2xcejqtf2nbrexx3vqjhp41`,
      },
    },
    options,
  );
