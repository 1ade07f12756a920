export { newId, typeId, parseId, isTypeId, type IdPrefix } from './ids.js';
