import { ConfigFault, defineConfig, type ConfigOf } from '../config/index.js';

function parsePorts(list: string): Set<number> {
  const ports = list.split(',').map(Number);
  if (!ports.every((port) => Number.isInteger(port) && port > 0 && port < 65536))
    throw new ConfigFault('SAFE_FETCH_PORTS cannot be used: set it to port numbers with commas between, such as 443,8443.');
  return new Set(ports);
}

export const safeFetchConfig = defineConfig('safe-fetch', (env) => ({
  /** Allows `http://` beside `https://`. */
  allowHttp: env.bool('SAFE_FETCH_ALLOW_HTTP', false),
  /** Ports a user-given address may name. */
  ports: parsePorts(env.string('SAFE_FETCH_PORTS', '80,443,8080,8443')),
  /** `host:port` entries, comma-separated, that may lie inside the own network (an internal webhook receiver) on any port. */
  trusted: new Set(
    (env.optionalString('SAFE_FETCH_TRUSTED') ?? '')
      .split(',')
      .map((entry) => entry.trim().toLowerCase())
      .filter(Boolean),
  ),
}));
export type SafeFetchConfig = ConfigOf<typeof safeFetchConfig>;
