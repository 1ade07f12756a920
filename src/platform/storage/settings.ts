import { ConfigFault, defineConfig, type ConfigOf } from '../config/index.js';

/** `s3://bucket/prefix?region=eu-central-1&endpoint=https://minio.internal:9000` */
export interface S3Address {
  bucket: string;
  /** Without slashes at the ends; may be empty. */
  prefix: string;
  region: string;
  /** For S3-compatible servers; then buckets are addressed by path. */
  endpoint: string | undefined;
}

export function parseS3Address(address: string): S3Address {
  const url = new URL(address);
  const region = url.searchParams.get('region') ?? 'us-east-1';
  const endpoint = url.searchParams.get('endpoint') ?? undefined;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.hostname))
    throw new ConfigFault('STORAGE_URL cannot be used: it names no bucket. Write it as s3://bucket/prefix?region=eu-central-1.');
  if (endpoint !== undefined && !/^https?:\/\/[^/?#]+\/?$/.test(endpoint))
    throw new ConfigFault('STORAGE_URL cannot be used: its endpoint must be an address such as https://minio.example:9000.');
  if (url.username || url.password)
    throw new ConfigFault(
      'STORAGE_URL cannot be used: it holds credentials. Give them to the AWS SDK instead (AWS_ACCESS_KEY_ID, a profile, or an instance role).',
    );
  const prefix = url.pathname.replace(/^\/+|\/+$/g, '');
  if (prefix !== '' && !/^[A-Za-z0-9._/-]+$/.test(prefix))
    throw new ConfigFault('STORAGE_URL cannot be used: its prefix may hold letters, digits, dot, dash, underscore and slash.');
  return { bucket: url.hostname, prefix, region, endpoint };
}

export const storageConfig = defineConfig('storage', (env) => {
  const url = env.url('STORAGE_URL', ['s3']);
  return {
    /** Null: files live in the folder `<ATELIER_HOME>/files`. */
    s3: url === undefined ? null : parseS3Address(url),
  };
});
export type StorageConfig = ConfigOf<typeof storageConfig>;
