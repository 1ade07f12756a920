import { defineConfig } from '@hey-api/openapi-ts';

/** Makes `src/client` from the committed description of the API. Run from the root: `npm run client`. */
export default defineConfig({
  input: new URL('../openapi.json', import.meta.url).pathname,
  output: { path: new URL('./src/client', import.meta.url).pathname, importFileExtension: '.js' },
  plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk', '@tanstack/react-query'],
});
