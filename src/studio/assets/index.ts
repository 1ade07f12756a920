export { AssetsModule } from './assets.module.js';
export { Assets, type AssetInput, type OutputAsset } from './assets.service.js';
export type { FilmFacts } from './film-facts.js';
export { AssetSweeps } from './asset-sweeps.service.js';
export { OutputClaims, type ClaimSource } from './output-claims.service.js';
export { accessTo, administers, mayManage, type Access, type Owned } from './asset.policy.js';
export type { Pin } from './pin.js';
