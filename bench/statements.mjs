// Records the statements one request sends to the database, so that a bare client can send the same ones.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from './installation.mjs';

const MARK = '@@atelier@@';
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/**
 * Runs `act` while the server logs every statement of the application's login, and returns the longest transaction among them:
 * `[{ text, parameters }]`, BEGIN first, COMMIT last.
 */
export async function recordTransaction(installation, act) {
  const { owner, home } = installation;
  await owner.query(`ALTER SYSTEM SET log_line_prefix = '${MARK}%p '`);
  await owner.query(`ALTER SYSTEM SET log_statement = 'all'`);
  await owner.query('SELECT pg_reload_conf()');
  await sleep(400);
  const log = join(home, 'postgres.log');
  const from = existsSync(log) ? statSync(log).size : 0;
  await act();
  await sleep(300);
  const text = readFileSync(log).subarray(from).toString();
  await owner.query(`ALTER SYSTEM RESET log_statement`);
  await owner.query('SELECT pg_reload_conf()');
  return longestTransaction(text);
}

function longestTransaction(text) {
  const byBackend = new Map();
  for (const entry of text.split(MARK).slice(1)) {
    const [, pid, kind, body] = /^(\d+) (LOG|DETAIL): {2}([\s\S]*)$/.exec(entry.trimEnd()) ?? [];
    if (!pid) continue;
    const list = byBackend.get(pid) ?? [];
    byBackend.set(pid, list);
    const statement = /^(?:statement|execute [^:]*): ([\s\S]*)$/.exec(body);
    if (kind === 'LOG' && statement) list.push({ text: statement[1], parameters: [] });
    else if (kind === 'DETAIL' && list.length > 0) list.at(-1).parameters = parseParameters(body);
  }
  let longest = [];
  for (const list of byBackend.values()) {
    let open = null;
    for (const entry of list) {
      if (/^BEGIN/i.test(entry.text)) open = [entry];
      else if (open) open.push(entry);
      if (open && /^COMMIT/i.test(entry.text)) {
        if (open.some(({ text }) => /ledger_hold/.test(text)) && open.length > longest.length) longest = open;
        open = null;
      }
    }
  }
  if (longest.length === 0) throw new Error('no submitting transaction was found in the log of the database');
  return longest;
}

/** `Parameters: $1 = 'it''s', $2 = NULL` → values. */
function parseParameters(detail) {
  const values = [];
  for (const [, index, value] of detail.matchAll(/\$(\d+) = (NULL|'(?:[^']|'')*')/g))
    values[Number(index) - 1] = value === 'NULL' ? null : value.slice(1, -1).replaceAll("''", "'");
  return values;
}

/** A copy of a recorded transaction for another tenant, with fresh ids for everything that was new in it; those in `kept` (pool, lane) stood before. */
export function retarget(transaction, { from, to, kept, newId }) {
  const fresh = new Map();
  const swap = (value) =>
    value.replace(UUID, (id) => {
      const known = from.indexOf(id);
      if (known >= 0) return to[known];
      if (kept.has(id)) return id;
      if (!fresh.has(id)) fresh.set(id, newId());
      return fresh.get(id);
    });
  return transaction.map(({ text, parameters }) => ({
    text: swap(text),
    parameters: parameters.map((value) => (typeof value === 'string' ? swap(value) : value)),
  }));
}
