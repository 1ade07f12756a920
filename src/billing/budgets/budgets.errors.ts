import { DomainError, type FieldFault } from '../../platform/errors/index.js';

export const limitOnce = (): FieldFault => ({
  pointer: '/limit',
  code: 'one_of_two',
  message: 'A budget has one limit: in credits (limit) or in millionths of a dollar (limitMicros).',
  fix: 'Give one of the two.',
});

export const limitTooSmall = (pointer: string): FieldFault => ({
  pointer,
  code: 'too_small',
  message: 'The limit must be at least a thousandth of a credit.',
  fix: 'Give "0.001" or more; to stop all spending, end the keys or roles instead.',
});

export const subjectMissing = (scope: string): FieldFault => ({
  pointer: '/subjectId',
  code: 'missing',
  message: `A budget of scope ${scope} needs the id of whom it bounds.`,
  fix: `Give subjectId, or use scope "tenant".`,
});

export const subjectNotNeeded = (): FieldFault => ({
  pointer: '/subjectId',
  code: 'not_allowed',
  message: 'A budget of the whole organisation names nobody.',
  fix: 'Leave subjectId out, or choose another scope.',
});

export const teamsNotThere = (): FieldFault => ({
  pointer: '/scope',
  code: 'teams_not_there',
  message: 'No job belongs to a team yet, so that the budget of one would bind nobody.',
  fix: 'Choose the scope tenant, user or key.',
});

export const subjectUnknown = (scope: string): FieldFault => ({
  pointer: '/subjectId',
  code: 'not_found',
  message: `There is no such ${scope === 'key' ? 'API key' : scope} here.`,
  fix: 'Check the id; it begins with usr_, team_ or key_, as the scope says.',
});

export const zoneUnknown = (zone: string): DomainError =>
  new DomainError({
    kind: 'invalid',
    code: 'time_zone_unknown',
    detail: `The organisation's time zone "${zone}" is not one that budgets can be cut by. Set another with PATCH /tenant, such as Europe/Berlin.`,
    errors: [{ pointer: '/period', code: 'time_zone_unknown', message: `The time zone "${zone}" is unknown to the database.` }],
  });

export const alreadyAsked = (cause: unknown): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'increase_pending',
    detail: 'You have asked for more of this budget in this period already, and nobody has decided yet. Wait for the answer.',
    cause,
  });

export const alreadyDecided = (state: string): DomainError =>
  new DomainError({ kind: 'conflict', code: 'increase_decided', detail: `This request was ${state} before. Ask for a new one if more is needed.` });

export const ownRequest = (): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'own_request',
    detail: 'You asked for this yourself: another owner, admin or billing member decides on it. Where there is none, change the limit of the budget.',
  });

export const periodOver = (): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'period_over',
    detail: 'The period for which more was asked is over, and with it the request. The budget has begun anew.',
  });

export const tooManyBudgets = (most: number): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'too_many_budgets',
    detail: `An organisation has at most ${most} budgets. Delete one that is no longer needed.`,
  });

export const tooMuchToRehearse = (most: number): DomainError =>
  new DomainError({
    kind: 'invalid',
    code: 'range_too_long',
    detail: `More than ${most} jobs were made in that time. Rehearse a shorter one with from and to.`,
    errors: [{ pointer: '/from', code: 'range_too_long', message: `At most ${most} jobs.` }],
  });
