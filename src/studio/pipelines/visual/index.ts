export { VisualModule } from './visual.module.js';
