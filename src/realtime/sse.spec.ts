import { expect, it } from 'vitest';
import { sseEvent } from './sse.js';

it('keeps every event on its own lines, whatever a prompt or message holds', () => {
  expect(sseEvent({ id: 3, event: 'status', data: { message: 'a\n\nid: 9\nevent: x\r\u2028' } })).toBe(
    'id: 3\nevent: status\ndata: {"message":"a\\n\\nid: 9\\nevent: x\\r\u2028"}\n\n',
  );
  expect(sseEvent({ event: 'balance:changed', data: {} })).toBe('event: balance:changed\ndata: {}\n\n');
});
