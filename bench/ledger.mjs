#!/usr/bin/env node
// Holds per second: on one hot wallet, spread over many, batched with their jobs; and that 200 claimants never overdraw a wallet.
import 'reflect-metadata';
import pg from 'pg';
import { TypeID } from 'typeid-js';
import { v7 } from 'uuid';
import { helpAsked, makeTenants, makeUnlimitedPlan, note, report, round, startHouse, startInstallation } from './installation.mjs';

helpAsked(`Usage: npm run bench:ledger

value: full holds per second on one hot wallet through the ledger; limit: the same database function called by a bare client over as many
connections. Every hold is counted by two budgets; plain is the rate of a wallet without any. batched: submissions of one tenant per second,
jobs included. spread: holds over 100 wallets. overdrafts and overshoots: must be 0.`);

const SECONDS = Number(process.env.BENCH_SECONDS ?? 8);
const CONNECTIONS = 8;
const uuidOf = (typeId) => TypeID.fromString(typeId).toUUID();

async function openHouse(installation) {
  const { TenantTx } = await import('../dist/platform/database/index.js');
  const { Ledger } = await import('../dist/billing/ledger/index.js');
  const { Pricing } = await import('../dist/billing/pricing/index.js');
  const { Jobs } = await import('../dist/studio/jobs/index.js');
  const { systemCtx } = await import('../dist/platform/context/index.js');
  const app = await startHouse(installation);
  const pricing = app.get(Pricing);
  return {
    app,
    tx: app.get(TenantTx),
    ledger: app.get(Ledger),
    jobs: app.get(Jobs),
    systemCtx,
    quote: pricing.quote(await pricing.current(), [{ code: 'image', pixels: 262144, steps: 20, images: 1, modelFactor: 1, controlNets: 0, loras: 0 }]),
  };
}

/** A hard budget for the whole tenant and one for its person. */
async function setBudgets(installation, tenant, limitMilli = 10n ** 15n) {
  for (const [scope, subject] of [
    ['tenant', tenant.uuid.tenant],
    ['user', tenant.uuid.user],
  ])
    await installation.owner.query(
      `INSERT INTO budget (tenant_id, id, name, scope, subject_id, period, hard, limit_milli, thresholds, forecast, created_by)
       VALUES ($1, $2, $3, $3, $4, 'month', true, $5, '{50,80,100}', true, $6)`,
      [tenant.uuid.tenant, v7(), scope, subject, String(limitMilli), tenant.uuid.user],
    );
}

async function loop(callers, act) {
  const startedAt = performance.now();
  const endsAt = startedAt + SECONDS * 1000;
  let done = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < endsAt) {
        await act(done);
        done++;
      }
    }),
  );
  return done / ((performance.now() - startedAt) / 1000);
}

const dimensions = (userId) => ({ operation: 'txt2img', model: null, teamId: null, userId, keyId: null });
const newHold = (house, tenant) => ({
  holdId: v7(),
  jobId: v7(),
  amountMilli: house.quote.totalMilli,
  quote: house.quote,
  dimensions: dimensions(tenant.uuid.user),
});

const throughLedger = (house, tenants) =>
  loop(CONNECTIONS, (n) => {
    const tenant = tenants[n % tenants.length];
    return house.tx.run({ tenantId: tenant.uuid.tenant }, (em) => house.ledger.holdMany(em, tenant.uuid.tenant, [newHold(house, tenant)]));
  });

/** The ledger's own statement, recorded from one call, sent by a client that does nothing else. */
async function bare(installation, house, tenants) {
  const recorded = [];
  const original = pg.Client.prototype.query;
  pg.Client.prototype.query = function (...args) {
    if (typeof args[0] === 'string' && /ledger_hold/.test(args[0])) recorded.push({ text: args[0], values: args[1] });
    return original.apply(this, args);
  };
  const tenant = tenants[0];
  const hold = newHold(house, tenant);
  await house.tx.run({ tenantId: tenant.uuid.tenant }, (em) => house.ledger.holdMany(em, tenant.uuid.tenant, [hold]));
  pg.Client.prototype.query = original;
  const { text, values } = recorded.at(-1);
  note(`  ${text.replace(/\s+/g, ' ').slice(0, 160)}`);
  const pool = new pg.Pool({ connectionString: installation.appUrl, max: CONNECTIONS, options: '-c search_path=atelier' });
  const rate = await loop(CONNECTIONS, async (n) => {
    const target = tenants[n % tenants.length];
    const client = await pool.connect();
    const [holdId, jobId] = [v7(), v7()];
    await client.query(`BEGIN; SET LOCAL app.tenant_id = '${target.uuid.tenant}'`);
    await client.query(
      text,
      values.map((value) =>
        typeof value === 'string'
          ? value.replaceAll(hold.holdId, holdId).replaceAll(hold.jobId, jobId).replaceAll(tenant.uuid.tenant, target.uuid.tenant)
          : value,
      ),
    );
    await client.query('COMMIT');
    client.release();
  });
  await pool.end();
  return rate;
}

async function batched(installation, house, tenant) {
  const count = async () =>
    Number(
      (await installation.owner.query(`SELECT count(*) AS n FROM hold h JOIN job j ON j.id = h.job_id WHERE h.tenant_id = $1`, [tenant.uuid.tenant])).rows[0].n,
    );
  const before = await count();
  const startedAt = performance.now();
  const ctx = house.systemCtx(tenant.uuid.tenant, 'bench');
  ctx.actor = { kind: 'user', userId: tenant.uuid.user, sessionId: tenant.uuid.user };
  await loop(192, (n) =>
    house.jobs.submit(
      ctx,
      { operation: 'txt2img', parameters: { prompt: 'a lighthouse', width: 512, height: 512, steps: 20 } },
      { key: undefined, bodyHash: String(n), route: 'bench' },
    ),
  );
  return ((await count()) - before) / ((performance.now() - startedAt) / 1000);
}

/** 200 claimants at once on a wallet that holds exactly 100 of what they want. */
async function overdrafts(installation, house, tenant) {
  const each = house.quote.totalMilli;
  const { rows } = await installation.owner.query('SELECT available_milli FROM wallet WHERE tenant_id = $1', [tenant.uuid.tenant]);
  const drain = BigInt(rows[0].available_milli) - each * 100n;
  const big = { ...newHold(house, tenant), amountMilli: drain };
  await house.tx.run({ tenantId: tenant.uuid.tenant }, (em) => house.ledger.holdMany(em, tenant.uuid.tenant, [big]));
  const results = await Promise.all(
    Array.from({ length: 200 }, () =>
      house.tx.run({ tenantId: tenant.uuid.tenant }, (em) => house.ledger.holdMany(em, tenant.uuid.tenant, [newHold(house, tenant)])),
    ),
  );
  const granted = results.filter(([result]) => result.ok).length;
  const negative = Number((await installation.owner.query('SELECT count(*) AS n FROM wallet WHERE available_milli < 0 OR held_milli < 0')).rows[0].n);
  note(`  ${granted} of 200 claimants fitted (100 expected)`);
  return negative + Math.abs(granted - 100);
}

/** 200 claimants at once on two budgets that have room for exactly 100 of what they want, in a wallet that has plenty. */
async function overshoots(installation, house, tenant) {
  await installation.owner.query('UPDATE budget SET deleted_at = now() WHERE tenant_id = $1', [tenant.uuid.tenant]);
  await setBudgets(installation, tenant, house.quote.totalMilli * 100n);
  const results = await Promise.all(
    Array.from({ length: 200 }, () =>
      house.tx.run({ tenantId: tenant.uuid.tenant }, (em) => house.ledger.holdMany(em, tenant.uuid.tenant, [newHold(house, tenant)])),
    ),
  );
  const granted = results.filter(([result]) => result.ok).length;
  const { rows } = await installation.owner.query(
    `SELECT count(*) AS n FROM budget_counter c JOIN budget b ON b.tenant_id = c.tenant_id AND b.id = c.budget_id
     WHERE b.deleted_at IS NULL AND c.held_milli + c.spent_milli > b.limit_milli + c.raised_milli`,
  );
  note(`  ${granted} of 200 claimants fitted under two budgets (100 expected)`);
  return Number(rows[0].n) + Math.abs(granted - 100);
}

const installation = await startInstallation();
let house;
try {
  const plan = await makeUnlimitedPlan(installation);
  const tenants = await makeTenants(installation, 101, plan);
  for (const tenant of tenants) tenant.uuid = { tenant: uuidOf(tenant.tenantId), user: uuidOf(tenant.userId) };
  house = await openHouse(installation);
  const [hot, ...many] = tenants;
  note('warming up, then one hot wallet without budgets');
  await throughLedger(house, [hot]);
  const plain = await throughLedger(house, [hot]);
  note(`  ${round(plain, 0)}/s`);
  for (const tenant of tenants) await setBudgets(installation, tenant);
  note('one hot wallet, bare client');
  const limit = await bare(installation, house, [hot]);
  note(`  ${round(limit, 0)}/s`);
  note('one hot wallet, through the ledger');
  const value = await throughLedger(house, [hot]);
  note(`  ${round(value, 0)}/s`);
  note('100 wallets, bare client, then through the ledger');
  const spreadLimit = await bare(installation, house, many);
  const spread = await throughLedger(house, many);
  note(`  ${round(spreadLimit, 0)}/s, ${round(spread, 0)}/s`);
  note('one tenant, submissions that share transactions, with their jobs');
  const shared = await batched(installation, house, hot);
  note(`  ${round(shared, 0)}/s`);
  const overdrawn = await overdrafts(installation, house, many[0]);
  const overshot = await overshoots(installation, house, many[1]);
  report({
    name: 'ledger',
    value: round(value, 1),
    unit: 'holds/s',
    limit: round(limit, 1),
    ratio: round(value / limit),
    batched: round(shared, 1),
    plain: round(plain, 1),
    spread: round(spread, 1),
    spreadRatio: round(spread / spreadLimit),
    overdrafts: overdrawn,
    overshoots: overshot,
    budgetsPerHold: 2,
    connections: CONNECTIONS,
  });
} finally {
  await house?.app.close();
  await installation.stop();
}
process.exit(0);
