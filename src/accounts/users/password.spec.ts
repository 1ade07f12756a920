import { describe, expect, it } from 'vitest';
import { passwordFaults } from './password.js';

const code = (password: string, about: string[] = []) => passwordFaults(password, '/password', about)[0]?.code;

describe('a new password', () => {
  it('has 8 to 128 characters, counted as a person counts them', () => {
    expect(code('short7!')).toBe('password_too_short');
    expect(code('📷📷📷📷📷📷📷')).toBe('password_too_short');
    expect(code('plum lantern orbit')).toBeUndefined();
    expect(code('ab'.repeat(64))).toBeUndefined();
    expect(code(`${'ab'.repeat(64)}c`)).toBe('password_too_long');
  });

  it('is not among those that are guessed first, whatever year or mark is added', () => {
    for (const guess of ['password', 'Password2024!', '12345678', 'QWERTY123', 'iloveyou!!', 'zzzzzzzzzz'])
      expect(code(guess), guess).toBe('password_too_common');
  });

  it('is not the own address or name', () => {
    expect(code('ada.lovelace', ['ada.lovelace@example.org', 'Ada'])).toBe('password_too_common');
    expect(code('ada.lovelace@example.org', ['ada.lovelace@example.org'])).toBe('password_too_common');
  });
});
