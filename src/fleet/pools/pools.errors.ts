import { DomainError } from '../../platform/errors/index.js';

export const poolNameTaken = (name: string): DomainError =>
  new DomainError({ kind: 'conflict', code: 'pool_name_taken', detail: `There is a pool named ${name} already. Choose another name, or change that pool.` });

export const noSuchPool = (name: string): DomainError =>
  new DomainError({ kind: 'not_found', code: 'not_found', detail: `There is no pool named ${name}. GET /fleet/pools lists them.` });

/** The plan's classes and the model's needs leave no pool that could ever run the task. */
export const noPoolForTask = (classes: readonly string[]): DomainError =>
  new DomainError({
    kind: 'unavailable',
    code: 'no_pool_for_task',
    detail: `No pool of this installation may run the task: it needs one of ${classes.join(', ') || 'no'} classes. Choose another model or plan, or ask the operator to add a pool.`,
  });
