export { POLICIES } from './policies.js';
export { DemandMeter } from './demand-meter.js';
export { DemandProfile } from './demand-profile.js';
export type { Action, BoxView, DemandView, FleetView, PoolLimits, ScalingPolicy } from './fleet-view.js';
