/** A message as a room sends it. Plain text always; HTML beside it when it adds something. */
export interface OutgoingMail {
  tenantId: string;
  to: string;
  subject: string;
  text: string;
  html?: string;
}

/** A message as operators see it. */
export interface MailView {
  id: string;
  tenantId: string;
  to: string;
  subject: string;
  text: string;
  html: string | null;
  status: 'pending' | 'sent' | 'failed';
  attempts: number;
  lastError: string | null;
  createdAt: Date;
  /** `createdAt` with its microseconds, for cursors. */
  cursorAt: string;
  sentAt: Date | null;
}

/** A message that nobody takes after this many tries is given up. */
export const ATTEMPTS_MAX = 8;

/** Seconds until the next try after `attempts` of them: 30 s, doubling, at most 6 h (together about 2 h 8 min over eight tries). */
export const retryAfterSeconds = (attempts: number): number => Math.min(21_600, 30 * 2 ** Math.max(0, attempts - 1));

/** One line, no control characters: what ends up in a header of the message cannot start another. */
export const headerText = (text: string): string =>
  text
    .replace(/[\p{Control}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, 300);
