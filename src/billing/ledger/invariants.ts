/**
 * What must always be true of the books. Each statement returns the rows that break its rule: none when all is well. To be run by the system
 * role (it sees all tenants); chaos tests run them after every recovery.
 */
export const LEDGER_INVARIANTS: Readonly<Record<string, string>> = {
  /** I1: the wallet is the sum of its entries, and their numbers have no gaps. */
  'ledger.wallet_is_sum_of_entries': `
    SELECT tenant_id, w.available_milli, e.available, w.held_milli, e.held, w.entry_seq, e.last, e.count
    FROM wallet w FULL JOIN (
      SELECT tenant_id, max(seq) AS last, count(*) AS count,
        sum(CASE WHEN to_account = 'available' THEN amount_milli WHEN from_account = 'available' THEN -amount_milli ELSE 0 END) AS available,
        sum(CASE WHEN to_account = 'held' THEN amount_milli WHEN from_account = 'held' THEN -amount_milli ELSE 0 END) AS held
      FROM ledger_entry GROUP BY tenant_id) e USING (tenant_id)
    WHERE (w.available_milli, w.held_milli, w.entry_seq) IS DISTINCT FROM (coalesce(e.available, 0), coalesce(e.held, 0), coalesce(e.last, 0)) OR coalesce(e.last, 0) <> coalesce(e.count, 0)`,

  /** I1: debits equal credits over all accounts, and the accounts without a balance row agree with the rows they stand for. */
  'ledger.accounts_balance': `
    SELECT tenant_id, e.granted, w.available_milli, w.held_milli, e.revenue, e.breakage, g.amount, g.lapsed, h.charged FROM wallet w
    LEFT JOIN (
      SELECT tenant_id, sum(CASE WHEN from_account = 'granted' THEN amount_milli WHEN to_account = 'granted' THEN -amount_milli ELSE 0 END) AS granted, sum(amount_milli) FILTER (WHERE to_account = 'revenue') AS revenue,
        sum(amount_milli) FILTER (WHERE to_account = 'breakage') AS breakage FROM ledger_entry GROUP BY tenant_id) e USING (tenant_id)
    LEFT JOIN (SELECT tenant_id, sum(amount_milli - clawed_milli) AS amount, sum(lapsed_milli) AS lapsed FROM credit_grant GROUP BY tenant_id) g USING (tenant_id)
    LEFT JOIN (SELECT tenant_id, sum(charged_milli) AS charged FROM hold GROUP BY tenant_id) h USING (tenant_id)
    WHERE coalesce(e.granted, 0) <> w.available_milli + w.held_milli + coalesce(e.revenue, 0) + coalesce(e.breakage, 0)
      OR (coalesce(e.granted, 0), coalesce(e.revenue, 0), coalesce(e.breakage, 0)) IS DISTINCT FROM (coalesce(g.amount, 0), coalesce(h.charged, 0), coalesce(g.lapsed, 0))`,

  /** I2: no account goes below zero at any point in the sequence (`granted` is the source and does). */
  'ledger.never_below_zero': `
    SELECT tenant_id, seq, account, balance FROM (
      SELECT tenant_id, seq, account, sum(delta) OVER (PARTITION BY tenant_id, account ORDER BY seq, delta DESC ROWS UNBOUNDED PRECEDING) AS balance
      FROM ledger_entry, LATERAL (VALUES (from_account, -amount_milli), (to_account, amount_milli)) AS leg(account, delta)
      WHERE account <> 'granted') AS run
    WHERE balance < 0`,

  /** The grants hold what the wallet says is available. */
  'ledger.grants_cover_wallet': `
    SELECT tenant_id, w.available_milli, g.remaining FROM wallet w
    FULL JOIN (SELECT tenant_id, sum(remaining_milli) AS remaining FROM credit_grant GROUP BY tenant_id) g USING (tenant_id)
    WHERE coalesce(w.available_milli, 0) <> coalesce(g.remaining, 0)`,

  /** The open holds are what the wallet says is held. */
  'ledger.holds_cover_wallet': `
    SELECT tenant_id, w.held_milli, h.held FROM wallet w
    FULL JOIN (SELECT tenant_id, sum(amount_milli) AS held FROM hold WHERE state = 'open' GROUP BY tenant_id) h USING (tenant_id)
    WHERE coalesce(w.held_milli, 0) <> coalesce(h.held, 0)`,

  /** Every milli-credit of a grant remains, is held, was charged, lapsed or was taken back. */
  'ledger.grants_are_conserved': `
    SELECT g.tenant_id, g.id, g.amount_milli, g.remaining_milli, g.lapsed_milli, g.clawed_milli, a.bound FROM credit_grant g
    LEFT JOIN (
      SELECT a.tenant_id, a.grant_id, sum(CASE h.state WHEN 'open' THEN a.amount_milli ELSE a.charged_milli END) AS bound
      FROM hold_allocation a JOIN hold h ON h.tenant_id = a.tenant_id AND h.job_id = a.job_id GROUP BY a.tenant_id, a.grant_id
    ) a ON a.tenant_id = g.tenant_id AND a.grant_id = g.id
    WHERE g.amount_milli <> g.remaining_milli + g.lapsed_milli + g.clawed_milli + coalesce(a.bound, 0)`,

  /** What lapsed of a grant, and what of it was used although its price went back, is the sum of the notes of when it did. */
  'ledger.grant_changes_are_noted': `
    SELECT g.tenant_id, g.id, g.lapsed_milli, g.owed_milli, g.clawed_milli, c.lapsed, c.repaid FROM credit_grant g
    LEFT JOIN (SELECT tenant_id, grant_id, sum(lapsed_milli) AS lapsed, sum(repaid_milli) AS repaid FROM grant_change GROUP BY tenant_id, grant_id) c ON c.tenant_id = g.tenant_id AND c.grant_id = g.id
    WHERE (g.lapsed_milli, g.owed_milli - g.clawed_milli) IS DISTINCT FROM (coalesce(c.lapsed, 0), coalesce(c.repaid, 0))`,

  /** A hold is the sum of its allocations, and so is its charge. */
  'ledger.holds_are_allocated': `
    SELECT h.tenant_id, h.job_id, h.amount_milli, h.charged_milli, a.amount, a.charged FROM hold h
    LEFT JOIN (SELECT tenant_id, job_id, sum(amount_milli) AS amount, sum(charged_milli) AS charged FROM hold_allocation GROUP BY tenant_id, job_id) a USING (tenant_id, job_id)
    WHERE (h.amount_milli, h.charged_milli) IS DISTINCT FROM (coalesce(a.amount, 0), coalesce(a.charged, 0))`,

  /** I3: one hold per job, closed at most once, by settle or void and not both, for exactly what it held; charge ≤ hold. */
  'ledger.one_hold_one_end': `
    SELECT h.tenant_id, h.job_id, h.state, h.amount_milli, h.charged_milli, e.* FROM hold h
    LEFT JOIN LATERAL (
      SELECT coalesce(sum(amount_milli) FILTER (WHERE kind IN ('hold', 'extend')), 0) AS taken,
        coalesce(sum(amount_milli) FILTER (WHERE kind = 'settle'), 0) AS settled,
        coalesce(sum(amount_milli) FILTER (WHERE kind = 'void'), 0) AS voided,
        coalesce(sum(amount_milli) FILTER (WHERE to_account = 'revenue'), 0) AS charged
      FROM ledger_entry e WHERE e.tenant_id = h.tenant_id AND e.ref = h.job_id
    ) e ON true
    WHERE (e.taken, e.settled, e.voided, e.charged) IS DISTINCT FROM (h.amount_milli,
      CASE h.state WHEN 'settled' THEN h.amount_milli ELSE 0 END, CASE h.state WHEN 'voided' THEN h.amount_milli ELSE 0 END, h.charged_milli)`,

  /** I3: no entry of a job that never held. */
  'ledger.entries_have_a_hold': `
    SELECT e.tenant_id, e.seq FROM ledger_entry e WHERE e.kind NOT IN ('grant', 'expire', 'clawback')
    AND NOT EXISTS (SELECT FROM hold h WHERE h.tenant_id = e.tenant_id AND h.job_id = e.ref)`,

  /** What budgets count is what their holds say: held while open, spent once charged, each in the hold's own period. */
  'ledger.budgets_are_sums_of_holds': `
    SELECT c.tenant_id, h.counter, c.budget_id, c.held_milli, h.held, c.spent_milli, h.spent FROM budget_counter c
    FULL JOIN (
      SELECT h.tenant_id, n.counter, sum(CASE h.state WHEN 'open' THEN h.amount_milli ELSE 0 END) AS held, sum(h.charged_milli) AS spent
      FROM hold h CROSS JOIN LATERAL unnest(h.counters) AS n(counter) GROUP BY h.tenant_id, n.counter) h ON h.tenant_id = c.tenant_id AND h.counter = c.id
    WHERE (c.held_milli, c.spent_milli) IS DISTINCT FROM (coalesce(h.held, 0), coalesce(h.spent, 0))`,

  /** A hold counts in the period of a budget that it was made in; periods of a budget do not overlap. */
  'ledger.budget_periods_tile': `
    SELECT c.tenant_id, c.budget_id, c.starts_at, 'hold outside' AS fault FROM hold h
    JOIN budget_counter c ON c.tenant_id = h.tenant_id AND c.id = ANY (h.counters) WHERE h.created_at < c.starts_at OR h.created_at >= c.ends_at
    UNION ALL
    SELECT tenant_id, budget_id, starts_at, 'overlap' FROM (
      SELECT tenant_id, budget_id, starts_at, lag(ends_at) OVER (PARTITION BY tenant_id, budget_id ORDER BY starts_at) AS before FROM budget_counter) AS p WHERE starts_at < before`,

  /** The hash chain: every seal follows the one before and matches its entries. */
  'ledger.seals_match': `
    SELECT s.tenant_id, s.from_seq, s.to_seq FROM (
      SELECT *, lag(hash) OVER chain AS hash_before, lag(to_seq) OVER chain AS seq_before FROM ledger_seal WINDOW chain AS (PARTITION BY tenant_id ORDER BY from_seq)) s
    CROSS JOIN LATERAL (
      SELECT count(*) AS count, string_agg(ledger_line(e), E'\\n' ORDER BY e.seq) AS lines FROM ledger_entry e
      WHERE e.tenant_id = s.tenant_id AND e.seq BETWEEN s.from_seq AND s.to_seq) e
    WHERE s.from_seq <> coalesce(s.seq_before, 0) + 1 OR e.count <> s.to_seq - s.from_seq + 1
      OR s.hash <> sha256(coalesce(s.hash_before, '') || convert_to(coalesce(e.lines, ''), 'UTF8'))`,
};
