export { AccessModule } from './access.module.js';
export { Access } from './access.service.js';
export { Accounts, type Registration } from './accounts.service.js';
