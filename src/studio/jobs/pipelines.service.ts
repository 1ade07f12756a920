import type { Operation } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../../platform/errors/index.js';
import type { Pipeline } from './pipeline.port.js';

/** The pipelines by operation. Each registers itself in `onModuleInit`. */
@Injectable()
export class Pipelines {
  private readonly known = new Map<Operation, Pipeline>();

  register(pipeline: Pipeline): void {
    if (this.known.has(pipeline.operation)) throw new Error(`Two pipelines say that they are ${pipeline.operation}: give the second an operation of its own.`);
    this.known.set(pipeline.operation, pipeline);
  }

  /** @throws DomainError `operation_unavailable` for an operation of the contract that this installation has no pipeline for. */
  get(operation: Operation): Pipeline {
    const pipeline = this.known.get(operation);
    if (!pipeline)
      throw new DomainError({
        kind: 'unavailable',
        code: 'operation_unavailable',
        detail: `This installation cannot run ${operation}. Ask its operator to install the pipeline.`,
        retryable: false,
      });
    return pipeline;
  }
}
