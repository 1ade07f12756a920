import { expect, it } from 'vitest';
import { deviceOf } from './device.js';

it('names a device as a person would', () => {
  expect(deviceOf('Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0')).toBe('Firefox on Linux');
  expect(deviceOf('Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0')).toBe(
    'Edge on Windows',
  );
  expect(
    deviceOf('Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1'),
  ).toBe('Safari on iPhone');
  expect(deviceOf('curl/8.4.0')).toBe('curl/8.4.0');
  expect(deviceOf('')).toBe('unknown program');
  expect(deviceOf(`\u0007${'x'.repeat(500)}`)).toHaveLength(60);
});
