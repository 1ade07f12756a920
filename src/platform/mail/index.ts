export { MailModule } from './mail.module.js';
export { Mail } from './mail.service.js';
export type { MailView, OutgoingMail } from './message.js';
export { mailConfig, type MailConfig } from './settings.js';
