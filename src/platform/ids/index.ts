export { newId, namedId, typeId, parseId, isTypeId, type IdPrefix } from './ids.js';
