export { JobsModule } from './jobs.module.js';
export { Jobs } from './jobs.service.js';
export { JobOptionsDto, type JobView } from './jobs.dto.js';
export { AcceptsJob, type AcceptedJob } from './accepted-job.js';
// For pipelines:
export { Pipeline, type GraphState, type JobInput, type NextStep, type PreparedJob, type TaskPlan } from './pipeline.port.js';
export { Pipelines } from './pipelines.service.js';
export { noteOtherSize, PictureInputs, type PictureInput } from './submission/picture-inputs.service.js';
export { FilmInputs, type FilmInput } from './submission/film-inputs.service.js';
export { ModelChoice, type ChosenModel, type Companions } from './submission/model-choice.service.js';
export { JobGrowth, type Grown } from './course/growth.service.js';
export { Faults, readDto } from './submission/faults.js';
// Bound to the fleet's port `TaskObserver` by the app:
export { JobProgress } from './course/progress.service.js';
export { JobSweeps } from './course/job-sweeps.service.js';
export { JOB_INVARIANTS, type JobInvariant } from './invariants.js';
