export { ThermalModule } from './thermal.module.js';
export { Thermal, type DeclaredWeights } from './thermal.service.js';
export type { ThermalState, ThermalView, CostPreview } from './thermal-state.js';
