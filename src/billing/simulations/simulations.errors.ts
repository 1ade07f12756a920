import { DomainError, invalid } from '../../platform/errors/index.js';

export const endsBeforeItBegins = (): DomainError =>
  invalid([{ pointer: '/to', code: 'range_empty', message: 'The period ends before it begins.', fix: 'Give a "to" that is later than "from".' }]);

export const notYetPast = (): DomainError =>
  invalid([
    { pointer: '/to', code: 'in_the_future', message: 'The period is not over yet.', fix: 'Only the past can be replayed: give a "to" that lies in it.' },
  ]);

export const stillRunning = (): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'simulation_running',
    detail: 'The simulation has not finished. Wait until its state is "done", look at what it found, then schedule it.',
    retryable: true,
  });

export const scheduledAlready = (version: number): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'simulation_scheduled',
    detail: `These prices are price list ${version} already. Make another simulation for another list.`,
  });
