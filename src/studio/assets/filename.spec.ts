import { expect, it } from 'vitest';
import { cleanFilename, downloadName } from './filename.js';

it.each([
  ['portrait.jpg', 'portrait.jpg'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\a\\b.png', 'b.png'],
  ['a\r\nSet-Cookie: x.png', 'aSet-Cookie x.png'],
  ['gnp.\u202Eexe', 'gnp.exe'],
  ['.htaccess', 'htaccess'],
  ['Grüße aus Öland.webp', 'Grüße aus Öland.webp'],
  ['', null],
  ['/', null],
  [undefined, null],
])('cleanFilename(%j) is %j', (given, expected) => {
  expect(cleanFilename(given)).toBe(expected);
});

it('downloadName ends as the file is, not as somebody called it', () => {
  expect(downloadName('holiday.exe', 'ast_1', 'image/png')).toBe('holiday.png');
  expect(downloadName(null, 'ast_1', 'image/webp')).toBe('ast_1.webp');
  expect(downloadName('plain', 'ast_1', 'application/x-other')).toBe('plain');
});
