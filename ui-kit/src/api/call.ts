import { client } from '../client/client.gen.js';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
interface Request {
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
}

/**
 * A call by method and address through the generated client: its CSRF header, its refusals as `Problem`. For routes that the committed
 * description of the API does not hold yet; what it holds is called by the generated function.
 */
export async function call<T>(method: Method, path: string, { query, body, headers }: Request = {}): Promise<T> {
  const json = body === undefined ? undefined : { 'Content-Type': 'application/json' };
  return (await client[method]({ responseStyle: 'data', url: `/api/v1${path}`, query, body, headers: { ...json, ...headers } })) as T;
}
