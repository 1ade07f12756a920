import { defineConfig, type ConfigOf } from '../config/index.js';

export const mailConfig = defineConfig('mail', (env) => ({
  /** Unset: messages are kept as files in `<ATELIER_HOME>/mail` and nothing leaves the house. */
  smtpUrl: env.url('SMTP_URL', ['smtp', 'smtps']),
  from: env.string('MAIL_FROM', 'Atelier <no-reply@atelier.localhost>'),
}));
export type MailConfig = ConfigOf<typeof mailConfig>;
