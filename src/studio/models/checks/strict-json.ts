import { Refusal } from './refusal.js';

const DEPTH_MAX = 8;

/**
 * JSON as safetensors headers need it read: duplicate keys are refused (readers disagree on which counts) and whole numbers are BigInt, so that
 * no offset is rounded on its way into a comparison.
 */
export type StrictJson = string | bigint | number | boolean | null | StrictJson[] | Map<string, StrictJson>;

const bad = (what: string): Refusal => new Refusal('header_json', `The header of the file is no valid JSON: ${what}.`);
// oxlint-disable-next-line no-control-regex -- JSON forbids exactly these in a text
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;

export function parseStrict(text: string): StrictJson {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  private at = 0;
  constructor(private readonly text: string) {}

  end(): void {
    this.space();
    if (this.at !== this.text.length) throw bad('something follows its end');
  }

  value(depth: number): StrictJson {
    if (depth > DEPTH_MAX) throw bad('it is nested too deeply');
    this.space();
    const c = this.text[this.at];
    if (c === '{') return this.object(depth);
    if (c === '[') return this.list(depth);
    if (c === '"') return this.string();
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const)
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    return this.number();
  }

  private object(depth: number): Map<string, StrictJson> {
    const found = new Map<string, StrictJson>();
    this.at++;
    if (this.taken('}')) return found;
    do {
      this.space();
      const key = this.string();
      if (found.has(key))
        throw new Refusal('duplicate_key', `The header names ${JSON.stringify(key.slice(0, 80))} twice, and readers differ in which they believe.`);
      if (!this.taken(':')) throw bad('a colon is missing');
      found.set(key, this.value(depth + 1));
    } while (this.taken(','));
    if (!this.taken('}')) throw bad('an object does not end');
    return found;
  }

  private list(depth: number): StrictJson[] {
    const found: StrictJson[] = [];
    this.at++;
    if (this.taken(']')) return found;
    do found.push(this.value(depth + 1));
    while (this.taken(','));
    if (!this.taken(']')) throw bad('a list does not end');
    return found;
  }

  private string(): string {
    const [raw] = this.match(STRING) ?? [];
    if (raw === undefined) throw bad('a text is malformed');
    return JSON.parse(raw) as string;
  }

  private number(): bigint | number {
    const found = this.match(NUMBER);
    if (!found) throw bad('a value is missing');
    return found[1] === undefined && found[2] === undefined ? BigInt(found[0]) : Number(found[0]);
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at += found[0].length;
    return found;
  }

  private taken(c: string): boolean {
    this.space();
    if (this.text[this.at] !== c) return false;
    this.at++;
    return true;
  }

  private space(): void {
    this.match(SPACE);
  }
}
