import type { FieldFault } from '../../platform/errors/index.js';
import { isCommonPassword } from './common-passwords.js';

/** Domain §1 and ASVS 6.2: at least 8 characters, long ones welcome, no rules about which characters. */
export const PASSWORD_MIN = 8;
export const PASSWORD_MAX = 128;

/** One spelling for what looks the same on different keyboards. */
export const normalPassword = (password: string): string => password.normalize('NFKC');

/** What is wrong with a new password; empty when nothing is. `about` holds words it must not consist of (address, name). */
export function passwordFaults(password: string, pointer: string, about: readonly string[] = []): FieldFault[] {
  const normal = normalPassword(password);
  const length = [...normal].length;
  if (length < PASSWORD_MIN)
    return [
      {
        pointer,
        code: 'password_too_short',
        message: `The password has ${length} characters.`,
        fix: `Use at least ${PASSWORD_MIN}; a few words in a row are easy to remember.`,
      },
    ];
  if (length > PASSWORD_MAX)
    return [{ pointer, code: 'password_too_long', message: `The password has ${length} characters.`, fix: `Use at most ${PASSWORD_MAX}.` }];
  const lower = normal.toLowerCase();
  const own = about.some((word) => word.length > 0 && (lower === word.toLowerCase() || lower === word.toLowerCase().split('@')[0]));
  if (isCommonPassword(normal) || own)
    return [
      {
        pointer,
        code: 'password_too_common',
        message: 'The password is among those that are guessed first.',
        fix: 'Use one that nobody else would choose, e.g. four words that have nothing to do with each other.',
      },
    ];
  return [];
}
