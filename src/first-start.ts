import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { Accounts } from './accounts/access/index.js';
import { Plans } from './billing/plans/index.js';
import type { ConfigOf, coreConfig } from './platform/config/index.js';
import { systemCtx } from './platform/context/index.js';
import { isDomainError } from './platform/errors/index.js';

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

/** The login kept in a file, or a new one with a random password. */
function keptLogin(home: string, name: string, email: string): Login {
  const file = secretFile(home, name);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Login;
  return { email, password: randomBytes(12).toString('base64url') };
}

const keep = (home: string, name: string, { email, password }: Login): void =>
  writeFileSync(secretFile(home, name), JSON.stringify({ email, password }), { mode: 0o600 });

/** Operators belong to a tenant of their own, on the largest plan: running the house must not end at the limits of a free customer. */
async function registerOperator(accounts: Accounts, plans: Plans, login: Login): Promise<void> {
  const { tenantId } = await accounts.registerTenant({ ...login, name: 'Operator', tenantName: 'Operations', operator: true });
  await plans.setPlan(systemCtx(tenantId, 'first start'), tenantId, 'enterprise');
}

/** Two processes may start on one fresh database; the second finds the account made. */
function unlessAnotherDid(error: unknown): void {
  if (!isDomainError(error) || error.kind !== 'conflict') throw error;
}

async function prepareOperator(accounts: Accounts, plans: Plans, config: ConfigOf<typeof coreConfig>): Promise<Welcome['operator']> {
  const { operatorEmail, operatorPassword, home } = config;
  if (operatorEmail && operatorPassword) {
    if (!(await accounts.exists(operatorEmail)))
      await registerOperator(accounts, plans, { email: operatorEmail, password: operatorPassword }).catch(unlessAnotherDid);
    return { email: operatorEmail, password: null };
  }
  const login = keptLogin(home, 'operator', operatorEmail ?? DEFAULT_OPERATOR_EMAIL);
  if (await accounts.exists(login.email)) return { email: login.email, password: null };
  await registerOperator(accounts, plans, login);
  keep(home, 'operator', login);
  return { email: login.email, password: login.password };
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
  const plans = app.get(Plans);
  const operator = await prepareOperator(accounts, plans, config);
  const demo = config.embedded ? await prepareDemo(accounts, plans, config.home) : null;
  return { demo, operator };
}
