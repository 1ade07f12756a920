/**
 * The machine-readable rules of FOCUS 1.2, interpreted: each of the model's check functions, its conditions and its composites, over the rows of a file.
 *
 * A rule is judged in its place: what a composite's condition leaves out (no row with a quantity) its parts are not asked about either, and the parts of an OR
 * are alternatives. A rule about a column that is not there says nothing (that the column must be there is a rule of its own); in a condition such a column is
 * null. What a rule only permits (MAY) cannot be broken; what it recommends is asked for like what it demands.
 */

export interface Check {
  CheckFunction?: string;
  Items?: Check[];
  ColumnName?: string;
  /** The model's own slip for ColumnName, in one rule. */
  CheckCondition?: string;
  ColumnAName?: string;
  ColumnBName?: string;
  ResultColumnName?: string;
  ExpectedCount?: number;
  ModelRuleId?: string;
  Value?: string | number | null;
  AND?: Check | Check[];
  OR?: Check | Check[];
}
export interface Rule {
  Function: string;
  Type: 'Static' | 'Dynamic';
  Status: string;
  ApplicabilityCriteria: string[];
  ValidationCriteria: { MustSatisfy: string; Keyword: string; Requirement: Check; Condition: Check };
}
export interface Model {
  ApplicabilityCriteria: Record<string, unknown>;
  CheckFunctions: Record<string, unknown>;
  ModelRules: Record<string, Rule>;
}
export type Row = Readonly<Record<string, string | null>>;
export interface Table {
  columns: readonly string[];
  rows: readonly Row[];
}
export interface Verdict {
  ruleId: string;
  /** The check functions that the rule is made of. */
  functions: string[];
  broken: boolean;
  /** Number of rows that were asked, 0: the rule said nothing about this file. */
  asked: number;
  example?: Row;
  says: string;
}

type Judge = (row: Row) => boolean;

const DECIMAL = /^-?\d+(\.\d+)?(E-?\d+)?$/;
const INSTANT = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
const CONTROL = /[^\P{Cc}\t\n\r]|\ufffd/u;
/** One unit, "5 Minutes", "Requests per Month": words that begin with a capital. */
const UNIT = /^([1-9]\d* )?[A-Z][A-Za-z]*([ -][A-Z][A-Za-z]*)*( ?[/] ?| per )?(([1-9]\d* )?[A-Z][A-Za-z]*)?$/;
const NATIONAL = new Set(Intl.supportedValuesOf('currency'));

/** Units of 10^-scale, so that products are compared without rounding. */
function exact(text: string): { units: bigint; scale: number } {
  const [mantissa, exponent = '0'] = text.split('E') as [string, string?];
  const [whole, decimals = ''] = mantissa.split('.') as [string, string?];
  const scale = decimals.length - Number(exponent);
  const units = BigInt(whole + decimals);
  return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 };
}
const sameProduct = (a: string, b: string, product: string): boolean => {
  const [x, y, z] = [exact(a), exact(b), exact(product)];
  return x.units * y.units * 10n ** BigInt(z.scale) === z.units * 10n ** BigInt(x.scale + y.scale);
};
const isDateTime = (text: string): boolean => INSTANT.test(text) && new Date(text).toISOString().slice(0, 19) === text.slice(0, 19);

function isKeyValue(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    // A key that is there twice is lost by parsing.
    const keys = [...text.matchAll(/"((?:[^"\\]|\\.)*)"\s*:/g)].length;
    return Object.keys(value).length === keys && Object.values(value).every((one) => typeof one !== 'object' || one === null);
  } catch {
    return false;
  }
}

/** Checks of one value that is not null. */
const OF_VALUE: Readonly<Record<string, (value: string) => boolean>> = {
  TypeDecimal: (value) => DECIMAL.test(value),
  TypeString: (value) => !CONTROL.test(value),
  TypeDateTime: (value) => !Number.isNaN(Date.parse(value)) && /^\d{4}-\d{2}-\d{2}/.test(value),
  FormatNumeric: (value) => DECIMAL.test(value),
  FormatString: (value) => value.trim() !== '' && !/[\ud800-\udfff]/u.test(value),
  FormatDateTime: isDateTime,
  FormatUnit: (value) => UNIT.test(value),
  FormatKeyValue: isKeyValue,
  FormatCurrency: (value) => /^[A-Z]{3}$/.test(value),
  CheckNationalCurrency: (value) => NATIONAL.has(value),
  CheckDecimalValue: (value) => DECIMAL.test(value),
};

const same = (value: string | null, expected: string | number | null | undefined): boolean => {
  if (value === null || expected === null || expected === undefined) return value === (expected ?? null);
  return typeof expected === 'number' ? DECIMAL.test(value) && Number(value) === expected : value === expected;
};

const columnsOf = (check: Check): string[] =>
  [check.ColumnName, check.CheckCondition, check.ColumnAName, check.ColumnBName, check.ResultColumnName].filter((name) => name !== undefined);

/** `{ AND: […] }` without a function's name is the model's other spelling. */
function spelled(check: Check): Check {
  const items = check.AND ?? check.OR;
  return items === undefined ? check : { CheckFunction: check.AND ? 'AND' : 'OR', Items: [items].flat() };
}

export class FocusModel {
  private readonly parents = new Map<string, string[]>();

  constructor(
    private readonly model: Model,
    /** Criteria that do not hold for the provider. */
    private readonly without: readonly string[],
  ) {
    for (const [id, rule] of Object.entries(model.ModelRules))
      for (const part of this.parts(rule)) this.parents.set(part, [...(this.parents.get(part) ?? []), id]);
  }

  /** The static rules whose criteria all hold. */
  applicable(): [string, Rule][] {
    return Object.entries(this.model.ModelRules).filter(([, rule]) => rule.Type === 'Static' && this.holds(rule));
  }

  judge(table: Table): Verdict[] {
    return this.applicable().map(([ruleId, rule]) => this.verdict(table, ruleId, rule));
  }

  private holds(rule: Rule): boolean {
    return !rule.ApplicabilityCriteria.some((criterion) => this.without.includes(criterion));
  }

  private parts(rule: Rule): string[] {
    const { Items = [] } = rule.ValidationCriteria.Requirement;
    return Items.filter((item) => item.CheckFunction === 'CheckModelRule').map((item) => item.ModelRuleId!);
  }

  private verdict(table: Table, ruleId: string, rule: Rule): Verdict {
    const { Requirement, Keyword, MustSatisfy } = rule.ValidationCriteria;
    const says = `${ruleId}: ${MustSatisfy}`;
    const functions = [...new Set(functionsOf(Requirement))];
    if (Keyword === 'MAY' || this.isAlternative(ruleId)) return { ruleId, functions, broken: false, asked: 0, says };
    if (Requirement.CheckFunction === 'CheckDistinctCount') return { ruleId, functions, says, ...this.distinct(table, ruleId, Requirement) };
    if (Requirement.CheckFunction === 'ColumnPresent')
      return { ruleId, functions, says, broken: !table.columns.includes(Requirement.ColumnName!), asked: table.rows.length };
    const within = this.place(table, ruleId);
    const holds = this.requirement(table, Requirement);
    if (!holds) return { ruleId, functions, broken: false, asked: 0, says };
    const asked = table.rows.filter(within);
    const example = asked.find((row) => !holds(row));
    return { ruleId, functions, broken: example !== undefined, asked: asked.length, says, ...(example && { example }) };
  }

  /** Rows that a rule is about: its own condition, and those of the composites that it is a part of. */
  private place(table: Table, ruleId: string): Judge {
    const own = this.condition(this.model.ModelRules[ruleId]!.ValidationCriteria.Condition);
    const above = (this.parents.get(ruleId) ?? []).map((parent) => this.place(table, parent));
    return (row) => own(row) && (above.length === 0 || above.some((judge) => judge(row)));
  }

  private isAlternative(ruleId: string): boolean {
    return (this.parents.get(ruleId) ?? []).some((parent) => this.model.ModelRules[parent]!.ValidationCriteria.Requirement.CheckFunction === 'OR');
  }

  private distinct(table: Table, ruleId: string, { ColumnAName, ColumnBName, ExpectedCount }: Check): Pick<Verdict, 'broken' | 'asked' | 'example'> {
    if (![ColumnAName!, ColumnBName!].every((column) => table.columns.includes(column))) return { broken: false, asked: 0 };
    const asked = table.rows.filter(this.place(table, ruleId)).filter((row) => row[ColumnAName!] !== null);
    const groups = new Map<string, Set<string | null>>();
    for (const row of asked) groups.set(row[ColumnAName!]!, (groups.get(row[ColumnAName!]!) ?? new Set()).add(row[ColumnBName!]!));
    const example = asked.find((row) => groups.get(row[ColumnAName!]!)!.size !== ExpectedCount);
    return { broken: example !== undefined, asked: asked.length, ...(example && { example }) };
  }

  /** Null: it is about a column that is not there. */
  private requirement(table: Table, check: Check): Judge | null {
    const { CheckFunction, Items = [] } = check;
    if (CheckFunction === 'AND' || CheckFunction === 'OR') {
      const parts = Items.map((item) => this.requirement(table, item)).filter((judge) => judge !== null);
      if (parts.length === 0) return null;
      return CheckFunction === 'AND' ? (row) => parts.every((judge) => judge(row)) : (row) => parts.some((judge) => judge(row));
    }
    if (CheckFunction === 'CheckModelRule') return this.referred(table, check.ModelRuleId!);
    if (!columnsOf(check).every((column) => table.columns.includes(column))) return null;
    return single(check);
  }

  /** Another rule as a part of this one: where that does not apply or is no rule for machines, it holds. */
  private referred(table: Table, ruleId: string): Judge | null {
    const rule = this.model.ModelRules[ruleId];
    if (!rule) throw new Error(`the model names a rule ${ruleId} that it does not have`);
    const { Requirement, Condition, Keyword } = rule.ValidationCriteria;
    if (rule.Type === 'Dynamic' || !this.holds(rule) || Keyword === 'MAY') return null;
    if (Requirement.CheckFunction === 'ColumnPresent') return () => table.columns.includes(Requirement.ColumnName!);
    if (Requirement.CheckFunction === 'CheckDistinctCount') {
      const { broken } = this.distinct(table, ruleId, Requirement);
      return () => !broken;
    }
    const [when, holds] = [this.condition(Condition), this.requirement(table, Requirement)];
    return holds && ((row) => !when(row) || holds(row));
  }

  private condition(given: Check): Judge {
    const check = spelled(given);
    if (check.CheckFunction === undefined) return () => true;
    if (check.CheckFunction === 'AND' || check.CheckFunction === 'OR') {
      const parts = check.Items!.map((item) => this.condition(item));
      return check.CheckFunction === 'AND' ? (row) => parts.every((judge) => judge(row)) : (row) => parts.some((judge) => judge(row));
    }
    return single(check);
  }
}

function functionsOf(check: Check): string[] {
  return [...(check.CheckFunction ? [check.CheckFunction] : []), ...(check.Items ?? []).flatMap(functionsOf)];
}

/** A check of one row. Null passes every check but those about null. */
function single(check: Check): Judge {
  const column = check.ColumnName ?? check.CheckCondition;
  const at = (row: Row, name: string | undefined): string | null => row[name!] ?? null;
  const given = (row: Row, ...names: (string | undefined)[]): string[] | null => {
    const values = names.map((name) => at(row, name));
    return values.every((value) => value !== null) ? values : null;
  };
  switch (check.CheckFunction) {
    case 'CheckValue':
      return (row) => same(at(row, column), check.Value);
    case 'CheckNotValue':
      return (row) => !same(at(row, column), check.Value);
    case 'CheckSameValue':
      return (row) => at(row, check.ColumnAName) === at(row, check.ColumnBName);
    case 'CheckNotSameValue':
      return (row) => at(row, check.ColumnAName) !== at(row, check.ColumnBName);
    case 'CheckGreaterOrEqualThanValue':
      return (row) => at(row, column) === null || Number(at(row, column)) >= Number(check.Value);
    case 'ColumnByColumnEqualsColumnValue':
      return (row) => {
        const values = given(row, check.ColumnAName, check.ColumnBName, check.ResultColumnName);
        if (!values) return true;
        return values.every((value) => DECIMAL.test(value)) && sameProduct(values[0]!, values[1]!, values[2]!);
      };
    default: {
      const passes = OF_VALUE[check.CheckFunction ?? ''];
      if (!passes) throw new Error(`the model asks for a check ${check.CheckFunction} that this interpreter does not know`);
      return (row) => at(row, column) === null || passes(at(row, column)!);
    }
  }
}
