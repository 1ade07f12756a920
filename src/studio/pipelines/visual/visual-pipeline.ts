import type { TaskKind } from '@atelier/contracts';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Ctx } from '../../../platform/context/index.js';
import {
  FilmInputs,
  ModelChoice,
  PictureInputs,
  Pipeline,
  Pipelines,
  type ChosenModel,
  type Faults,
  type JobInput,
  type PreparedJob,
  type TaskPlan,
} from '../../jobs/index.js';
import { megapixels, type Size } from './visual-job.js';

/** What a request of this room becomes: its pictures and films, and the model that works on them. */
export interface PreparedVisual<P extends object> extends PreparedJob {
  parameters: P;
  entry: ChosenModel;
  /** Decides how long the work takes. */
  work: Size;
  /** Frames of a film; 1 for a picture. */
  frames: number;
}

/** What a request brought along. An input that was not found is missing here, and noted among the faults. */
export interface Brought {
  inputs: (JobInput | undefined)[];
  work: Size;
  frames?: number;
  /** Which of several models the parameters ask for: a quality, a style, a method. */
  variant?: string;
  /** The model that the request names. */
  named?: string;
  sides?: PreparedJob['sides'];
}

/** What the pipelines of this room have in common: inputs in, one model chosen by the operation, tasks on it. */
@Injectable()
export abstract class VisualPipeline<P extends object> extends Pipeline<P, PreparedVisual<P>> implements OnModuleInit {
  constructor(
    private readonly pipelines: Pipelines,
    protected readonly models: ModelChoice,
    protected readonly pictures: PictureInputs,
    protected readonly films: FilmInputs,
  ) {
    super();
  }

  onModuleInit(): void {
    this.pipelines.register(this);
  }

  protected async prepared(ctx: Ctx, parameters: P, brought: Brought, faults: Faults): Promise<PreparedVisual<P>> {
    const { inputs, work, frames = 1, variant, named, sides = [] } = brought;
    const entry = await this.models.choose(ctx, this.operation, named, faults, variant);
    return {
      parameters,
      entry: entry!,
      work,
      frames,
      model: entry?.slug ?? '',
      simulated: entry?.simulated ?? false,
      inputs: inputs.filter((input) => input !== undefined),
      prompts: [],
      sides,
    };
  }

  protected task(kind: TaskKind, parameters: object, job: PreparedVisual<P>, entry: ChosenModel = job.entry): TaskPlan {
    const { engine, weights, base, vramMb, gpuClasses } = entry;
    return {
      ...{ engine, kind, parameters, inputs: job.inputs, weights, base, vramMb, gpuClasses },
      estimateUnits: megapixels(job.work) * job.frames,
      state: 'ready',
    };
  }
}
