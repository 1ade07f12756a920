export { ProvidersModule } from './providers.module.js';
