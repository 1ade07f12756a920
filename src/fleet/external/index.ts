export { ExternalModule } from './external.module.js';
export { ExternalEngines, type ExternalRefusal, type OutsideModel } from './external-engines.service.js';
