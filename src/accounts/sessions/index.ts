export { SessionsModule } from './sessions.module.js';
export { Sessions, personOf } from './sessions.service.js';
export { RefreshTokens, type Tokens } from './refresh-tokens.service.js';
export { AccessTokens, ACCESS_TOKEN_SECONDS, type AccessClaims } from './access-tokens.service.js';
export { Revocations, type RevocationSource } from './revocations.service.js';
export { isLive, endsAt, COOKIE_ABSOLUTE_MS, type Client, type SessionGrant } from './session.js';
export { newSecret, hashSecret } from './secret.js';
export { InstallationKeys } from './installation-keys.service.js';
export { sealBytes, openBytes } from './sealing.js';
