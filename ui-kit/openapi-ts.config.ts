import { readFileSync } from 'node:fs';
import { defineConfig } from '@hey-api/openapi-ts';

interface Description {
  paths: Record<string, Record<string, { operationId?: string }>>;
}

const description = JSON.parse(readFileSync(new URL('../openapi.json', import.meta.url), 'utf8')) as Description;

/** `get /api/v1/jobs/{id}/log` → `getJobsByIdLog`: the address is the promise to clients, names inside the server are not. */
function nameOf(method: string, path: string): string {
  const words = path
    .replace(/^\/api\/v1/, '')
    .replaceAll(/\{(\w+)\}/g, 'by-$1')
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean);
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
for (const [path, methods] of Object.entries(description.paths)) {
  for (const [method, operation] of Object.entries(methods)) operation.operationId = nameOf(method, path);
}

/** Makes `src/client` from the committed description of the API. Run from the root: `npm run client`. */
export default defineConfig({
  input: description,
  output: { path: new URL('./src/client', import.meta.url).pathname, importFileExtension: '.js' },
  plugins: [
    { name: '@hey-api/client-fetch', runtimeConfigPath: new URL('./src/client-config.ts', import.meta.url).pathname, throwOnError: true },
    '@hey-api/typescript',
    // The browser sends its cookie by itself, and a call answers with the body or throws a `Problem`.
    { name: '@hey-api/sdk', auth: false, responseStyle: 'data' },
  ],
});
