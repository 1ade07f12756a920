export { AuditModule } from './audit.module.js';
export { Audit } from './audit.service.js';
export { AuditSealer } from './audit-sealer.service.js';
export type { AuditContext, AuditNote } from './entry.js';
