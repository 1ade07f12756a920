import type { GpuClass, ModelEngine, Operation, TaskKind } from '@atelier/contracts';
import type { Type } from '@nestjs/common';
import type { QuoteItem } from '../../billing/pricing/index.js';
import type { TaskInputRef, TaskView, WeightsUse } from '../../fleet/tasks/index.js';
import type { Ctx } from '../../platform/context/index.js';
import { hasEnded } from './course/job-state.js';
import type { Faults } from './submission/faults.js';

/** A picture that goes into a job, under the name the engine knows it by. */
export interface JobInput extends TaskInputRef {
  assetId: string;
}

/** A request whose every field was checked and resolved: seed drawn, model chosen, pictures found. */
export interface PreparedJob {
  /** Stored with the job and shown to those who may see its content. */
  parameters: object;
  /** For reports: which model the work is done with. */
  model: string;
  simulated: boolean;
  inputs: JobInput[];
  /** Texts that moderation reads. */
  prompts: { pointer: string; text: string }[];
  /** Sides in pixels of what is synthesised or enlarged; the plan bounds the longest. */
  sides: { pointer: string; pixels: number }[];
  /** How long the job stays open for more tasks (`JobGrowth`); it is then charged once, whatever it was asked. */
  openSeconds?: number;
}

/** An output of an earlier task of the same plan, by its place in the plan; the task that needs it is planned as `blocked`. */
export interface OutputUse {
  /** Under which name the engine knows it. */
  name: string;
  from: number;
  slot: string;
}

/** One task to be made: the smallest unit of work that can start again. */
export interface TaskPlan {
  engine: ModelEngine;
  kind: TaskKind;
  parameters: object;
  /** Files of the job. */
  inputs: readonly TaskInputRef[];
  /** Outputs of earlier tasks of the plan. */
  uses?: readonly OutputUse[];
  weights: readonly WeightsUse[];
  /** Base of the catalogue, which decides the lane. */
  base: string;
  vramMb: number;
  /** Classes the model may run on; the plan narrows them. */
  gpuClasses: readonly GpuClass[];
  /** Megapixel-steps, the measure by which the fleet learns how long a kind of work takes. */
  estimateUnits: number;
  state: 'ready' | 'blocked';
}

export interface GraphState {
  parameters: object;
  /** In the order in which they were made. */
  tasks: readonly TaskView[];
}
export type NextStep = { kind: 'wait' } | { kind: 'grow'; unblock: readonly string[]; add: readonly TaskPlan[] } | { kind: 'finished' };

/**
 * How an operation becomes tasks and a price. One class per operation, found by name in `Pipelines`. Everything but `resolve` is pure.
 */
export abstract class Pipeline<P extends object = object, J extends PreparedJob = PreparedJob> {
  abstract readonly operation: Operation;
  /** class-validator DTO of the parameters, also the body of the sugar path. */
  abstract readonly dto: Type<P>;
  /**
   * Looks up what fields alone cannot tell (model, pictures) and adds what is wrong to `faults`; fields with a fault already are left alone.
   * The result counts only while there is no fault.
   */
  abstract resolve(ctx: Ctx, parameters: P, faults: Faults): Promise<J>;
  /** Kinds of tasks whose outputs the job delivers, the others being steps on the way; null: all of them. */
  readonly results: readonly TaskKind[] | null = null;
  abstract price(job: J): QuoteItem[];
  /** Tasks in the order of the outputs. */
  abstract plan(job: J): TaskPlan[];
  /** What follows from how the tasks stand. A pipeline whose tasks do not depend on each other waits for all of them. */
  next(state: GraphState): NextStep {
    return state.tasks.every((task) => hasEnded(task.state)) ? { kind: 'finished' } : { kind: 'wait' };
  }
}
