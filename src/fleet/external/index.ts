export { ExternalModule } from './external.module.js';
export { ExternalEngines, type ExternalOffer, type ExternalRefusal } from './external-engines.service.js';
