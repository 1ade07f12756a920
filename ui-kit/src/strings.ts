/**
 * Every sentence that the two apps show, in one catalogue. Another language is another set of the same shape.
 * `words` is what both apps need; `studioWords` and `adminWords` ship only with their app.
 */
export { words } from './strings/shared.js';
export { studioWords } from './strings/studio.js';
export { adminWords } from './strings/admin.js';
export { operatorWords } from './strings/operator.js';
