export { parseDemand, type Demand, type DemandTask } from './demand.js';
export { InputError } from './input-error.js';
export { reportOf, type SimulationReport } from './report.js';
export { Simulation, type SimulationResult, type SimulationSettings } from './simulation.js';
export { demandCsv, syntheticDemand } from './synthetic-demand.js';
export { traceLines } from './trace.js';
