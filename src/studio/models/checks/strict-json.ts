import { Refusal } from './refusal.js';

const DEPTH_MAX = 8;

/**
 * JSON as safetensors headers need it read: duplicate keys are refused (readers disagree on which counts) and whole numbers are BigInt, so that
 * no offset is rounded on its way into a comparison.
 */
export type StrictJson = string | bigint | number | boolean | null | StrictJson[] | Map<string, StrictJson>;

const bad = (what: string): Refusal => new Refusal('header_json', `The header of the file is no valid JSON: ${what}.`);
const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const NUMBER = /^-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
/** As many digits as the largest offset of 64 bits has. */
const NUMBER_MAX = 20;
/** More than any header has: all tensors and the metadata; shapes and offsets. */
const KEYS_MAX = 200_001;
const LIST_MAX = 64;

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
      if (found.size === KEYS_MAX) throw bad(`an object has more than ${KEYS_MAX} keys`);
      found.set(key, this.value(depth + 1));
    } while (this.taken(','));
    if (!this.taken('}')) throw bad('an object does not end');
    return found;
  }

  private list(depth: number): StrictJson[] {
    const found: StrictJson[] = [];
    this.at++;
    if (this.taken(']')) return found;
    do {
      if (found.length === LIST_MAX) throw bad(`a list has more than ${LIST_MAX} values`);
      found.push(this.value(depth + 1));
    } while (this.taken(','));
    if (!this.taken(']')) throw bad('a list does not end');
    return found;
  }

  /** By hand: an expression over megabytes of one text overflows the stack of its engine. */
  private string(): string {
    const start = this.at;
    let isEscaped = false;
    if (this.text[start] === '"')
      for (let at = start + 1; at < this.text.length; at++) {
        const code = this.text.charCodeAt(at);
        if (code < 0x20) break;
        if (code === BACKSLASH) {
          isEscaped = true;
          at++;
        } else if (code === QUOTE) {
          this.at = at + 1;
          return isEscaped ? unescaped(this.text.slice(start, this.at)) : this.text.slice(start + 1, at);
        }
      }
    throw bad('a text is malformed');
  }

  private number(): bigint | number {
    const start = this.at;
    while (this.at - start <= NUMBER_MAX && /[-+.\deE]/.test(this.text[this.at] ?? '')) this.at++;
    if (this.at - start > NUMBER_MAX) throw bad(`a number has more than ${NUMBER_MAX} characters`);
    const found = NUMBER.exec(this.text.slice(start, this.at));
    if (!found) throw bad('a value is missing');
    return found[1] === undefined && found[2] === undefined ? BigInt(found[0]) : Number(found[0]);
  }

  private taken(c: string): boolean {
    this.space();
    if (this.text[this.at] !== c) return false;
    this.at++;
    return true;
  }

  private space(): void {
    while (isSpace(this.text.charCodeAt(this.at))) this.at++;
  }
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

function unescaped(raw: string): string {
  try {
    return JSON.parse(raw) as string;
  } catch {
    throw bad('a text is malformed');
  }
}
