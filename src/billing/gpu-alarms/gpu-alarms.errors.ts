import { DomainError, type FieldFault } from '../../platform/errors/index.js';

export const subjectFault = (scope: string): FieldFault =>
  scope === 'house'
    ? { pointer: '/subjectId', code: 'not_allowed', message: 'An alarm of the whole house names nobody.', fix: 'Leave subjectId out, or choose another scope.' }
    : {
        pointer: '/subjectId',
        code: 'not_found',
        message: `There is no such ${scope}.`,
        fix: `Give the id of a ${scope}; it begins with ${scope === 'pool' ? 'pool_' : 'tnt_'}.`,
      };

export const tooManyAlarms = (most: number): DomainError =>
  new DomainError({ kind: 'conflict', code: 'too_many_gpu_alarms', detail: `There are ${most} alarms already. Delete one that is no longer needed.` });
