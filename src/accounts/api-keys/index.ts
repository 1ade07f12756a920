export { ApiKeysModule } from './api-keys.module.js';
export { ApiKeys } from './api-keys.service.js';
export { KeyUpkeep } from './key-upkeep.service.js';
export { looksLikeKey } from './key-format.js';
export { addressFilter } from './addresses.js';
export type { ApiKey, KeyGrant } from './api-key.js';
