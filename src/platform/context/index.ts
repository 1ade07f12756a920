export { systemCtx, actorId, NOBODY, type Ctx, type Actor } from './context.js';
