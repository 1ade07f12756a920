import { ConfigFault, defineConfig, type ConfigOf } from '../config/index.js';

const MEBIBYTE = 1024 * 1024;

/** Hops (`1`) or addresses (`10.0.0.0/8,192.168.1.1`) of proxies whose `X-Forwarded-For` is believed; false: nobody's. */
function parseProxies(text: string | undefined): false | number | string[] {
  if (text === undefined || text === '0' || text.toLowerCase() === 'false') return false;
  if (/^\d+$/.test(text)) return Number(text);
  const addresses = text.split(',').map((entry) => entry.trim());
  if (addresses.every((entry) => /^([\d.]+|[\da-fA-F:]+)(\/\d+)?$/.test(entry) || ['loopback', 'linklocal', 'uniquelocal'].includes(entry))) return addresses;
  throw new ConfigFault('TRUST_PROXY cannot be used: set it to the number of proxies in front (1), or to their addresses with commas between.');
}

export const httpConfig = defineConfig('http', (env) => ({
  trustProxy: parseProxies(env.optionalString('TRUST_PROXY')),
  /** Requests a minute that one address may send before anybody asks who it is; 0 = no limit. A burst of as many is let through. */
  ipPerMinute: env.int('ATELIER_IP_PER_MINUTE', 6000, { min: 0 }),
  /** Largest JSON body. */
  bodyBytesMax: MEBIBYTE,
  /** Largest file of a multipart request; larger ones go through `POST /uploads`. */
  uploadBytesMax: env.int('ATELIER_MULTIPART_BYTES_MAX', 64 * MEBIBYTE, { min: 1 }),
}));
export type HttpConfig = ConfigOf<typeof httpConfig>;
