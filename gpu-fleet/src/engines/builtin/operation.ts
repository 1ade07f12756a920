/** What an operation of this engine is: a function in the worker from parameters and inputs to a picture, a mask or a film. */
import type { TaskKind, TaskParameters } from '@atelier/contracts';
import type { Plane } from './background/planes.js';
import type { EngineInput, EngineOutput } from '../engine.js';
import { EngineInputError } from '../engine.js';
import { previewOf, type Picture } from './picture.js';

const PREVIEW_EVERY_MS = 400;

/** At most one of picture, mask and film; none when there was nothing to make. */
export interface OperationResult {
  picture?: Picture;
  /** 0 … 1. */
  mask?: Plane;
  /** Ready to be handed in, but for the facts that all outputs get. */
  film?: EngineOutput;
  simulated: boolean;
  steps: number;
  /** Beside engine, version, seed and parameters, which every picture gets. */
  metadata: Record<string, unknown>;
}

export type OperationOf<K extends TaskKind> = (parameters: TaskParameters[K], inputs: Inputs, course: Course) => Promise<OperationResult>;

export class Inputs {
  constructor(
    private readonly inputs: EngineInput[],
    /** The program that films are read and made with. */
    readonly ffmpeg = 'ffmpeg',
    /** Name of a folder for a film; whoever gave it takes away what an ended thread has left there. */
    readonly folder?: string,
  ) {}

  get(name: string): Uint8Array {
    const input = this.inputs.find((i) => i.name === name);
    if (!input) throw new EngineInputError('missing_input', `The task has no input "${name}": give the job a picture.`);
    return input.data;
  }
}

export class Stopped extends Error {}

/** The course of one task as its operation sees it: tells progress, and hears whether to stop. */
export class Course {
  private previewAt = -Infinity;

  constructor(
    private readonly tell: (step: number, totalSteps: number, stage: string, preview?: Uint8Array) => void,
    private readonly isStopped: () => boolean,
  ) {}

  /** @throws Stopped; call between two pieces of work. */
  stopIfAsked(): void {
    if (this.isStopped()) throw new Stopped();
  }

  /** @param look the picture so far; drawn at most every 400 ms. */
  async step(step: number, totalSteps: number, stage: string, look?: () => Picture): Promise<void> {
    this.stopIfAsked();
    const due = look && performance.now() - this.previewAt >= PREVIEW_EVERY_MS;
    if (due) this.previewAt = performance.now();
    this.tell(step, totalSteps, stage, due ? await previewOf(look()) : undefined);
  }
}
