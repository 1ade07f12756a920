import { Module } from '@nestjs/common';
import { AuditModule } from '../../accounts/audit/index.js';
import { MembersModule } from '../../accounts/members/index.js';
import { LedgerModule } from '../../billing/ledger/index.js';
import { PlansModule } from '../../billing/plans/index.js';
import { PricingModule } from '../../billing/pricing/index.js';
import { UsageModule } from '../../billing/usage/index.js';
import { TasksModule } from '../../fleet/tasks/index.js';
import { provideConfig } from '../../platform/config/index.js';
import { AssetsModule } from '../assets/index.js';
import { ModelsModule } from '../models/index.js';
import { ModerationModule } from '../moderation/index.js';
import { Advance } from './course/advance.service.js';
import { Completion } from './course/completion.service.js';
import { JobProof } from './course/job-proof.service.js';
import { JobSweeps } from './course/job-sweeps.service.js';
import { JobGrowth } from './course/growth.service.js';
import { JobProgress } from './course/progress.service.js';
import { GenerationsController } from './generations.controller.js';
import { JobBell } from './job-bell.service.js';
import { JobsController } from './jobs.controller.js';
import { Jobs } from './jobs.service.js';
import { Pipelines } from './pipelines.service.js';
import { jobsConfig } from './settings.js';
import { Explanations } from './reading/explanation.service.js';
import { Generations } from './reading/generations.service.js';
import { JobEnds } from './reading/job-ends.service.js';
import { JobReader } from './reading/job-reader.service.js';
import { Estimates } from './submission/estimate.service.js';
import { FilmInputs } from './submission/film-inputs.service.js';
import { Intake } from './submission/intake.service.js';
import { ModelChoice } from './submission/model-choice.service.js';
import { PictureInputs } from './submission/picture-inputs.service.js';
import { Preparation } from './submission/preparation.service.js';
import { Submissions } from './submission/submission.service.js';

@Module({
  imports: [AuditModule, MembersModule, PlansModule, PricingModule, LedgerModule, UsageModule, TasksModule, AssetsModule, ModelsModule, ModerationModule],
  controllers: [JobsController, GenerationsController],
  providers: [
    Jobs,
    Pipelines,
    provideConfig(jobsConfig),
    Intake,
    Preparation,
    Submissions,
    Estimates,
    PictureInputs,
    Advance,
    Completion,
    JobGrowth,
    ModelChoice,
    FilmInputs,
    JobProgress,
    JobSweeps,
    JobProof,
    JobReader,
    JobBell,
    JobEnds,
    Explanations,
    Generations,
  ],
  exports: [Jobs, Pipelines, PictureInputs, FilmInputs, ModelChoice, JobGrowth, JobProgress, JobSweeps],
})
export class JobsModule {}
