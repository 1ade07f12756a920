import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { Accounts } from './accounts/access/index.js';
import { Plans } from './billing/plans/index.js';
import type { ConfigOf, coreConfig } from './platform/config/index.js';
import { systemCtx } from './platform/context/index.js';

interface Login {
  email: string;
  password: string;
}

/** Whom the program tells about at the start. A random operator password is shown once; afterwards it stands in a file, 0600. */
export interface Welcome {
  demo: Login | null;
  operator: { email: string; password: string | null } | null;
}

const DEMO_EMAIL = 'demo@atelier.local';
const DEFAULT_OPERATOR_EMAIL = 'operator@atelier.local';

const secretFile = (home: string, name: string): string => {
  mkdirSync(join(home, 'secrets'), { recursive: true, mode: 0o700 });
  return join(home, 'secrets', `${name}.json`);
};

/** The login kept in a file, or a new one with a random password; `isNew` when the account is still to be made. */
function keptLogin(home: string, name: string, email: string): Login & { isNew: boolean } {
  const file = secretFile(home, name);
  if (existsSync(file)) return { ...(JSON.parse(readFileSync(file, 'utf8')) as Login), isNew: false };
  return { email, password: randomBytes(12).toString('base64url'), isNew: true };
}

const keep = (home: string, name: string, { email, password }: Login): void => writeFileSync(secretFile(home, name), JSON.stringify({ email, password }), { mode: 0o600 });

async function prepareOperator(accounts: Accounts, config: ConfigOf<typeof coreConfig>): Promise<Welcome['operator']> {
  const { operatorEmail, operatorPassword, home } = config;
  if (operatorEmail && operatorPassword) {
    if (!(await accounts.exists(operatorEmail))) await accounts.registerTenant({ email: operatorEmail, password: operatorPassword, name: 'Operator', tenantName: 'Operations', operator: true });
    return { email: operatorEmail, password: null };
  }
  const login = keptLogin(home, 'operator', operatorEmail ?? DEFAULT_OPERATOR_EMAIL);
  if (!(await accounts.exists(login.email))) {
    await accounts.registerTenant({ ...login, name: 'Operator', tenantName: 'Operations', operator: true });
    keep(home, 'operator', login);
    return { email: login.email, password: login.password };
  }
  return { email: login.email, password: null };
}

/** The demo tenant (plan Pro) exists only beside the embedded database. */
async function prepareDemo(accounts: Accounts, plans: Plans, home: string): Promise<Login> {
  const login = keptLogin(home, 'demo', DEMO_EMAIL);
  if (!(await accounts.exists(login.email))) {
    const { tenantId } = await accounts.registerTenant({ ...login, name: 'Demo', tenantName: 'Demo studio' });
    await plans.setPlan(systemCtx(tenantId, 'first start'), tenantId, 'pro');
    keep(home, 'demo', login);
  }
  return { email: login.email, password: login.password };
}

/** Makes the first operator and, with the embedded database, the demo tenant. Safe to run at every start. */
export async function prepareFirstStart(app: INestApplicationContext, config: ConfigOf<typeof coreConfig>): Promise<Welcome | null> {
  if (config.role === 'api') return null;
  const accounts = app.get(Accounts);
  const operator = await prepareOperator(accounts, config);
  const demo = config.embedded ? await prepareDemo(accounts, app.get(Plans), config.home) : null;
  return { demo, operator };
}
