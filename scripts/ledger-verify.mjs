#!/usr/bin/env node
// `npm run ledger:verify`: proves the books without trusting the program that writes them. Every seal is computed again here, from the entries, and every
// rule of the ledger is asked of the database. Reads only, in one snapshot; may run while the program does.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { assertNode, build, install, ROOT } from './prepare.mjs';

const HELP = `Usage: npm run ledger:verify [-- --tenant tnt_… | --json | --help]

Checks the hash chain and the rules of the ledger of all tenants, or of one.
  --tenant   only this one
  --json     print one JSON object instead of text
DATABASE_URL (or DATABASE_SYSTEM_URL) names the database, else the one in ATELIER_HOME is used.
Exit code: 0 the books are whole, 1 they are not, 64 a wrong argument, 78 a wrong setting.`;

const EXIT_WRONG_ARGUMENT = 64;
const EXIT_WRONG_SETTING = 78;
/** Of one rule; more would only fill the screen. */
const SHOWN = 20;

const leave = (code, message) => {
  console.error(message);
  process.exit(code);
};

function readArguments() {
  try {
    const { values } = parseArgs({ options: { tenant: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } } });
    return values;
  } catch (error) {
    return leave(EXIT_WRONG_ARGUMENT, `${error.message}\n\n${HELP}`);
  }
}

const args = readArguments();
if (args.help) {
  console.log(HELP);
  process.exit(0);
}
assertNode();
// Of an installation that runs, nothing is built anew.
if (!existsSync(join(ROOT, 'node_modules/pg'))) await install();
if (!existsSync(join(ROOT, 'dist/main.js'))) await build('server');

const { coreConfig, environment, ConfigFault } = await import('../dist/platform/config/index.js');
const { EmbeddedPostgres } = await import('../dist/platform/database/embedded-postgres.js');
const { isTypeId, parseId, typeId } = await import('../dist/platform/ids/index.js');
const { LEDGER_INVARIANTS } = await import('../dist/billing/ledger/invariants.js');
const { default: pg } = await import('pg');

if (args.tenant !== undefined && !isTypeId('tnt', args.tenant))
  leave(EXIT_WRONG_ARGUMENT, `--tenant "${args.tenant}" is not the id of a tenant: it looks like tnt_01k00000000000000000000000.`);
const only = args.tenant === undefined ? null : parseId('tnt', args.tenant);

/** Address, and what to do at the end: an embedded server that ran before goes on running. */
async function database() {
  const config = coreConfig.read(environment());
  const url = config.databaseUrls.system ?? config.databaseUrl;
  if (url) return { url, close: async () => undefined };
  const postgres = new EmbeddedPostgres(config.home);
  if (!existsSync(postgres.dataFolder))
    throw new ConfigFault(`There is no database in ${config.home}: set ATELIER_HOME to the folder of the installation, or DATABASE_URL.`);
  const ranBefore = postgres.pid() !== null;
  return { url: await postgres.start(), close: async () => void (ranBefore || (await postgres.stop())) };
}

/** Walks the seals of one tenant from the first; every one must follow the one before and match its entries. */
async function checkChain(client, tenantId, found) {
  const sealed = await client.query('SELECT from_seq::text, to_seq::text, hash FROM ledger_seal WHERE tenant_id = $1 ORDER BY from_seq', [tenantId]);
  let before = Buffer.alloc(0);
  let next = 1n;
  for (const seal of sealed.rows) {
    const [from, to] = [BigInt(seal.from_seq), BigInt(seal.to_seq)];
    const { rows } = await client.query('SELECT ledger_line(e) AS line FROM ledger_entry e WHERE e.tenant_id = $1 AND e.seq BETWEEN $2 AND $3 ORDER BY e.seq', [
      tenantId,
      seal.from_seq,
      seal.to_seq,
    ]);
    const hash = createHash('sha256')
      .update(before)
      .update(rows.map(({ line }) => line).join('\n'))
      .digest();
    const what = `seal ${from}–${to}`;
    if (from !== next) found.push({ tenantId, rule: 'chain', detail: `${what} does not follow entry ${next - 1n}` });
    else if (BigInt(rows.length) !== to - from + 1n) found.push({ tenantId, rule: 'chain', detail: `${what} has ${rows.length} entries` });
    else if (!hash.equals(seal.hash))
      found.push({ tenantId, rule: 'chain', detail: `${what} does not match its entries: one was changed after it was sealed` });
    // Each break is told once: what follows is measured by the seal as it stands.
    before = seal.hash;
    next = to + 1n;
  }
  return { seals: sealed.rowCount, sealedTo: next - 1n };
}

async function verify(client) {
  const problems = [];
  const sums = { tenants: 0, seals: 0, entries: 0n, unsealed: 0n };
  for (let after = null; ;) {
    const { rows } = await client.query(
      `SELECT w.tenant_id, w.entry_seq::text FROM wallet w WHERE ($1::uuid IS NULL OR w.tenant_id > $1) AND ($2::uuid IS NULL OR w.tenant_id = $2)
       ORDER BY w.tenant_id LIMIT 500`,
      [after, only],
    );
    if (rows.length === 0) break;
    for (const { tenant_id: tenantId, entry_seq: last } of rows) {
      const { seals, sealedTo } = await checkChain(client, tenantId, problems);
      sums.tenants += 1;
      sums.seals += seals;
      sums.entries += BigInt(last);
      sums.unsealed += BigInt(last) - sealedTo;
    }
    after = rows.at(-1).tenant_id;
  }
  for (const [rule, sql] of Object.entries(LEDGER_INVARIANTS)) {
    if (rule === 'ledger.seals_match') continue;
    const { rows } = await client.query(
      `SELECT v.tenant_id, to_jsonb(v)::text AS detail FROM (${sql}) v WHERE $1::uuid IS NULL OR v.tenant_id = $1 LIMIT ${SHOWN}`,
      [only],
    );
    for (const { tenant_id: tenantId, detail } of rows) problems.push({ tenantId, rule, detail });
  }
  return {
    ok: problems.length === 0,
    tenants: sums.tenants,
    seals: sums.seals,
    entries: String(sums.entries),
    unsealed: String(sums.unsealed),
    problems: problems.map((problem) => ({ ...problem, tenantId: typeId('tnt', problem.tenantId) })),
  };
}

async function main() {
  const { url, close } = await database();
  const client = new pg.Client({ connectionString: url, application_name: 'atelier ledger verify', options: '-c search_path=atelier' });
  try {
    await client.connect().catch((cause) => {
      throw new ConfigFault(`The database did not let us in (${cause.message}): check DATABASE_URL.`);
    });
    // The owner of the tables sees no rows of tenants; the role for system work does.
    await client.query('SET ROLE atelier_system; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return await verify(client);
  } finally {
    await client.end().catch(() => undefined);
    await close();
  }
}

const verdict = await main().catch((error) =>
  leave(error instanceof ConfigFault ? EXIT_WRONG_SETTING : 1, error instanceof ConfigFault ? error.message : error.stack),
);
if (args.json) console.log(JSON.stringify(verdict));
else {
  for (const { tenantId, rule, detail } of verdict.problems) console.log(`${tenantId}  ${rule}: ${detail}`);
  console.log(
    `${verdict.ok ? 'The books are whole' : `The books are NOT whole: ${verdict.problems.length} faults`}. ` +
      `${verdict.tenants} tenants, ${verdict.entries} entries under ${verdict.seals} seals, ${verdict.unsealed} not sealed yet.`,
  );
}
process.exit(verdict.ok ? 0 : 1);
