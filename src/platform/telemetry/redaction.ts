/** What a secret becomes in a log line. */
export const REDACTED = '[redacted]';

const EXACT = new Set(['authorization', 'proxyauthorization', 'cookie', 'cookies', 'setcookie', 'key', 'sig', 'dsn', 'jwt', 'otp', 'totp']);
const SUFFIX = /(password|passwd|passphrase|secret|token|apikey|accesskey|privatekey|signature|credentials?)$/;
const DEPTH = 6;
const ITEMS = 50;

const isSecretName = (name: string): boolean => {
  const plain = name.toLowerCase().replace(/[-_]/g, '');
  return EXACT.has(plain) || SUFFIX.test(plain);
};

/**
 * A copy of what is to be logged in which every value under a secret's name is replaced. Errors become `{type, message, code, stack, cause}`;
 * beyond six levels or fifty items the rest is named by its size, so that one careless line cannot fill the disk.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (value === null || typeof value !== 'object') return typeof value === 'bigint' ? value.toString() : value;
  if (value instanceof Date) return value;
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`;
  if (depth >= DEPTH) return '[deeper]';
  if (value instanceof Error) return describeError(value, depth);
  if (value instanceof Set || value instanceof Map) return redact([...value], depth);
  if (Array.isArray(value)) {
    const kept = value.slice(0, ITEMS).map((item) => redact(item, depth + 1));
    return value.length > ITEMS ? [...kept, `[${value.length - ITEMS} more]`] : kept;
  }
  const copy: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) copy[name] = isSecretName(name) && inner != null ? REDACTED : redact(inner, depth + 1);
  return copy;
}

function describeError(error: Error, depth: number): Record<string, unknown> {
  const { code } = error as Error & { code?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
  };
}

const IN_TEXT: readonly [RegExp, string][] = [
  [/\b(Bearer|Basic)\s+[^\s"'\\,]+/gi, `$1 ${REDACTED}`],
  [/\batl_(live|test)_[A-Za-z0-9_]+/g, `atl_$1_${REDACTED}`],
  [
    /([?&](?:sig|signature|token|access_token|refresh_token|code|secret|key|password|x-amz-(?:signature|security-token|credential))=)[^&"'\s\\]+/gi,
    `$1${REDACTED}`,
  ],
  [/(:\/\/[^:/\s"'@]+:)[^@/\s"']+@/g, `$1${REDACTED}@`],
];

/** The last net, over the finished line: bearer tokens, API keys, signed query strings and passwords inside addresses. */
export function scrub(line: string): string {
  let out = line;
  for (const [pattern, replacement] of IN_TEXT) out = out.replace(pattern, replacement);
  return out;
}
