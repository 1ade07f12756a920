/** What crosses a border: the shapes that the monolith, the boxes, the web apps and outside clients agree on. */
export * from './ids.js';
export * from './operations.js';
export * from './models.js';
export * from './passport.js';
export * from './permissions.js';
export * from './events.js';
export * from './job-events.js';
export * from './fleet.js';
export * from './vram.js';
export * from './webhooks.js';
