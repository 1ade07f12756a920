import { ValidateBy } from 'class-validator';
import { isTimeZone, isWhen, WHEN_FIX, ZONE_FIX } from './range.js';

/* The rules are named as `readRange` names its faults: one fault has one code wherever it is found. */

/** A name of the IANA database. */
export const ZoneField = (): PropertyDecorator =>
  ValidateBy(
    {
      name: 'timeZoneUnknown',
      validator: {
        validate: (value) => typeof value === 'string' && isTimeZone(value),
        defaultMessage: () => '$property is not a time zone of the IANA database',
      },
    },
    { context: { fix: ZONE_FIX } },
  );

/** A calendar date, or an instant with its zone. */
export const WhenField = (): PropertyDecorator =>
  ValidateBy(
    {
      name: 'notADate',
      validator: {
        validate: (value) => typeof value === 'string' && isWhen(value),
        defaultMessage: () => '$property is neither a calendar date nor an instant',
      },
    },
    { context: { fix: WHEN_FIX } },
  );
