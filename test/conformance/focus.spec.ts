import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manyJobs, exported, type Finished } from '../billing/exported.js';
import { startApp, type TestApp } from '../support/app.js';
import { FocusModel, type Model, type Row, type Table } from './focus-model.js';

const DATA = process.env.ATELIER_DATA ?? resolve(import.meta.dirname, '../../../shared/data');
const MODEL = join(DATA, 'focus/model-1.2.json');
const there = existsSync(MODEL);
if (!there) console.warn(`FOCUS conformance was LEFT OUT: ${MODEL} is missing. Put the rules of FOCUS 1.2 there, or set ATELIER_DATA.`);

/** Cells of a CSV file; an empty one is null. */
function readCsv(text: string): Table {
  const lines = text
    .trimEnd()
    .split('\r\n')
    // With a comma before it each cell is one match, the empty ones too.
    .map((line) => [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((cell) => cell[1]?.replaceAll('""', '"') ?? cell[2] ?? ''));
  const columns = lines[0]!;
  return { columns, rows: lines.slice(1).map((cells) => Object.fromEntries(columns.map((name, i) => [name, cells[i] === '' ? null : (cells[i] ?? null)]))) };
}

/** A copy of the table in which the first row of a category has other cells, or a column is gone. */
const planted = (table: Table, category: string, cells: Row): Table => {
  const at = table.rows.findIndex((row) => row.ChargeCategory === category && row.ChargeClass === null);
  return { columns: table.columns, rows: table.rows.map((row, i) => (i === at ? { ...row, ...cells } : row)) };
};

/** An error for each check function of the model: where it is planted, and a rule of that function which must see it. */
const ERRORS: Record<string, (table: Table) => Table> = {
  ColumnPresent: ({ columns, rows }) => ({ columns: columns.filter((name) => name !== 'BilledCost'), rows }),
  TypeString: (t) => planted(t, 'Usage', { ProviderName: 'Ate\u0000lier' }),
  TypeDecimal: (t) => planted(t, 'Usage', { EffectiveCost: 'much' }),
  TypeDateTime: (t) => planted(t, 'Usage', { ChargePeriodStart: 'yesterday' }),
  FormatDateTime: (t) => planted(t, 'Usage', { ChargePeriodStart: '2026-03-28T00:00:00+01:00' }),
  FormatNumeric: (t) => planted(t, 'Usage', { ListCost: '1,000.00' }),
  FormatString: (t) => planted(t, 'Usage', { ProviderName: '   ' }),
  FormatUnit: (t) => planted(t, 'Usage', { ConsumedUnit: 'some seconds!' }),
  FormatCurrency: (t) => planted(t, 'Usage', { PricingCurrency: 'credits' }),
  FormatKeyValue: (t) => planted(t, 'Usage', { Tags: '{"a":{"b":1}}' }),
  CheckNationalCurrency: (t) => planted(t, 'Usage', { BillingCurrency: 'CRD' }),
  CheckValue: (t) => planted(t, 'Purchase', { EffectiveCost: '1' }),
  CheckNotValue: (t) => planted(t, 'Usage', { ChargePeriodEnd: null }),
  // It is there only as a condition (another issuer, so nothing billed): the rule must begin to speak.
  CheckNotSameValue: (t) => planted(t, 'Purchase', { InvoiceIssuerName: 'Somebody else' }),
  CheckSameValue: (t) => t,
  CheckDecimalValue: (t) => planted(t, 'Usage', { BilledCost: '0x10' }),
  CheckGreaterOrEqualThanValue: (t) => planted(t, 'Usage', { ListUnitPrice: '-0.02' }),
  CheckDistinctCount: (t) => planted(t, 'Usage', { ServiceCategory: 'Media', ServiceSubcategory: 'Content Creation' }),
  ColumnByColumnEqualsColumnValue: (t) => planted(t, 'Usage', { ListCost: '0.000001' }),
  CheckModelRule: (t) => planted(t, 'Usage', { BillingAccountId: null }),
  AND: (t) => planted(t, 'Usage', { ChargeCategory: null }),
  OR: (t) => planted(t, 'Usage', { ChargeCategory: 'Gift' }),
};

describe.skipIf(!there)('the FOCUS 1.2 export', () => {
  let app: TestApp;
  let table: Table;
  let file: Finished;
  let rules: Model;
  let model: FocusModel;

  beforeAll(async () => {
    rules = JSON.parse(readFileSync(MODEL, 'utf8')) as Model;
    model = new FocusModel(rules, ['COMMITMENT_DISCOUNT_SUPPORTED', 'CAPACITY_RESERVATION_SUPPORTED']);
    app = await startApp();
    const { operator } = app;
    const charge = (body: object) => app.api(operator.token).post(`/operator/tenants/${operator.tenantId}/charges`).send(body).expect(201);
    const grant = async (credits: string): Promise<string> =>
      (await app.api(operator.token).post(`/operator/tenants/${operator.tenantId}/grants`).send({ credits, reason: '=a gift, or "bought"' }).expect(201)).body
        .id;
    await charge({
      category: 'purchase',
      amountMicros: '160000000',
      listMicros: '200000000',
      grantId: await grant('10000'),
      description: 'Pack of 10,000',
      invoiceId: 'INV-1',
    });
    await charge({ category: 'purchase', amountMicros: '49000000', description: 'Pro, a month', invoiceId: 'INV-1', recurring: true });
    await charge({ category: 'tax', amountMicros: '39710000', description: 'VAT 19 %', invoiceId: 'INV-1' });
    await charge({ category: 'credit', amountMicros: '-5000000', description: 'For the outage', invoiceId: 'INV-1' });
    await charge({ category: 'adjustment', amountMicros: '-120001', description: 'Rounding of INV-1' });
    await charge({ category: 'purchase', amountMicros: '-10000000', description: 'A pack of October was billed twice', correction: true });
    await charge({ category: 'tax', amountMicros: '-1900000', description: 'and its VAT', correction: true });
    const lapsing = await grant('500');
    await app.db.sql(`UPDATE credit_grant SET expires_at = now() WHERE amount_milli = 500000`);
    await app.db.sql(`UPDATE wallet SET due_at = '-infinity'`);
    await app.api(operator.token).get('/billing/credits').expect(200);
    expect(lapsing).toMatch(/^grt_/);
    await manyJobs(app, operator, 1100, new Date(Date.now() - 1100 * 60_000).toISOString(), 60);
    const from = new Date(Date.now() - 30 * 86_400_000).toISOString();
    const made = await exported(app, operator, { format: 'focus', from, to: new Date(Date.now() + 60_000).toISOString() });
    file = made.file;
    table = readCsv(made.content.toString());
  });
  afterAll(() => app?.close());

  it('has all five categories, a correction, a thousand rows, and totals that are the sums of its columns', () => {
    const categories = new Set(table.rows.map((row) => row.ChargeCategory));
    expect([...categories].toSorted()).toEqual(['Adjustment', 'Credit', 'Purchase', 'Tax', 'Usage']);
    expect(table.rows.some((row) => row.ChargeClass === 'Correction')).toBe(true);
    expect(table.rows.length).toBeGreaterThan(1000);
    const micros = (column: string): string => String(table.rows.reduce((n, row) => n + Math.round(Number(row[column]) * 1e6), 0));
    expect(file.totals).toMatchObject({ rows: table.rows.length, billedMicros: micros('BilledCost'), effectiveMicros: micros('EffectiveCost') });
  });

  it('keeps every applicable static rule', () => {
    const verdicts = model.judge(table);
    expect(verdicts).toHaveLength(398);
    const spoke = verdicts.filter(({ asked }) => asked > 0).length;
    console.log(
      `FOCUS 1.2: ${verdicts.length} static rules applied to ${table.rows.length} rows; ${spoke} had rows to judge, ${verdicts.filter(({ broken }) => broken).length} broken.`,
    );
    expect(verdicts.filter(({ broken }) => broken).map(({ says, example }) => `${says} ${JSON.stringify(example)}`)).toEqual([]);
  });

  it('is judged by every one of the 22 check functions', () => expect(Object.keys(ERRORS).toSorted()).toEqual(Object.keys(rules.CheckFunctions).toSorted()));

  it.each(Object.entries(ERRORS).filter(([name]) => name !== 'CheckSameValue'))('fails on an error of the kind %s', (name, plant) => {
    const broken = model.judge(plant(table)).filter((verdict) => verdict.broken);
    const seen = new Set(broken.flatMap(({ functions, ruleId }) => [...functions, ...functionsOfCondition(rules, ruleId)]));
    expect([...seen]).toContain(name);
  });
  it('fails on an error of the kind CheckSameValue, which the model only permits: asked for by a model that demands it', () => {
    const strict = structuredClone(rules);
    strict.ModelRules['SkuPriceId-C-011-O']!.ValidationCriteria.Keyword = 'MUST';
    const verdicts = new FocusModel(strict, []).judge(table).filter(({ broken }) => broken);
    expect(verdicts.map(({ ruleId }) => ruleId)).toContain('SkuPriceId-C-011-O');
  });
});

const functionsOfCondition = (rules: Model, ruleId: string): string[] => [
  JSON.stringify(rules.ModelRules[ruleId]!.ValidationCriteria.Condition).match(/"CheckFunction":"(\w+)"/)?.[1] ?? '',
];
