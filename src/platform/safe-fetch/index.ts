export { SafeFetchModule } from './safe-fetch.module.js';
export { SafeFetch, RESOLVER, type Resolver, type SafeRequest, type SafeResponse } from './safe-fetch.service.js';
export { safeFetchConfig, type SafeFetchConfig } from './settings.js';
