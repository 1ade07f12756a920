import { DomainError } from '../../platform/errors/index.js';

export const emailTaken = (): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'email_taken',
    detail: 'There is an account with this e-mail address. If it is yours, sign in, or ask for a new password.',
  });

export const wrongCurrentPassword = (): DomainError =>
  new DomainError({
    kind: 'forbidden',
    code: 'wrong_current_password',
    detail: 'The current password is not right. Send the password you sign in with as currentPassword.',
  });
