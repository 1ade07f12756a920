export { Clock, SystemClock, ManualClock } from './clock.js';
