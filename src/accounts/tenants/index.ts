export { TenantsModule } from './tenants.module.js';
export { Tenants } from './tenants.service.js';
export { Entitlements, type EntitlementView, type Need } from './entitlements.port.js';
export type { Tenant, TenantSettings } from './tenant.js';
