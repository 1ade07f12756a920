/** What the caller gave cannot be simulated; the message says where and what to do. */
export class InputError extends Error {
  override readonly name = 'InputError';
}
