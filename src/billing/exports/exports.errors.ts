import { DomainError } from '../../platform/errors/index.js';

export const tooManyExports = (most: number): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'too_many_exports',
    detail: `${most} exports of this workspace are being made. Wait until one is ready.`,
    retryable: true,
  });

export const tooManySchedules = (most: number): DomainError =>
  new DomainError({ kind: 'conflict', code: 'too_many_schedules', detail: `A workspace has at most ${most} schedules. Delete one that is not needed.` });

export const writtenByAnother = (): DomainError =>
  new DomainError({ kind: 'conflict', code: 'export_superseded', detail: 'Another process writes this export by now.' });

export const pageInterrupted = (): DomainError =>
  new DomainError({ kind: 'unavailable', code: 'export_interrupted', detail: 'The database went away in the middle of a page.', retryable: true });
