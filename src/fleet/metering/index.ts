export { MeteringModule } from './metering.module.js';
export { Metering } from './metering.service.js';
export { EXTERNAL_BOX } from './metering.js';
export type { AttemptEnd, AttemptOutcome, AttemptRecord, BoxPiece, MeteredBox, NewAttempt } from './metering.js';
export type { BoxLife, BoxTime } from './box-time.js';
