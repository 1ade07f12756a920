/** Characters that people write for a letter. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  a: 'a4@',
  b: 'b8',
  e: 'e3€',
  g: 'g9',
  i: 'i1!|',
  l: 'l1|',
  o: 'o0',
  s: 's5$',
  t: 't7+',
  u: 'uv',
  v: 'vu',
  z: 'z2',
};
/** What may stand between the letters of a word that is spelled out, `v.i.o.l e n c e`. */
const SPACERS = ' ._-*·';

/** A normalised text as the automata read it: one item a character, every white space a blank. */
export interface ReadText {
  chars: readonly string[];
  /** Whether a letter or digit stands at each place: a word neither begins after one nor ends before one. */
  solid: readonly boolean[];
}

export function readText(normalised: string): ReadText {
  const chars = [...normalised].map((char) => (/\s/.test(char) ? ' ' : char));
  return { chars, solid: chars.map((char) => /[\p{L}\p{N}]/u.test(char)) };
}

/** One place of a word: what may stand there, and how many places on one may come from it. */
interface Place {
  takes: string;
  /** May be stayed in. */
  loops?: boolean;
  /** Leads this far on, beside the next place. */
  skips?: 2 | 3;
  begins?: boolean;
  ends?: boolean;
}

/**
 * Finds one word in a text, in spellings that mean the same. All places that a reading may have reached are bits that move together (Shift-And,
 * Baeza-Yates and Gonnet 1992), so a text costs its length times `cells`, whatever word and text are: there is nothing to go back to.
 */
export class WordAutomaton {
  /** 32-bit cells that are touched for one character. */
  readonly cells: number;
  private readonly taking = new Map<string, Uint32Array>();
  private readonly loops: Uint32Array;
  private readonly skip2: Uint32Array;
  private readonly skip3: Uint32Array;
  private readonly begins: Uint32Array;
  private readonly ends: Uint32Array;

  /** @param word normalised, with single blanks */
  constructor(word: string) {
    // The empty place keeps the two ways of writing apart: nothing takes it.
    const places = [...together(word), { takes: '' }, ...spelledOut(word)];
    this.cells = Math.ceil(places.length / 32);
    const bits = (has: (place: Place) => boolean | undefined): Uint32Array => this.bitsOf(places.map((place) => has(place) ?? false));
    this.loops = bits((place) => place.loops);
    this.skip2 = bits((place) => place.skips === 2);
    this.skip3 = bits((place) => place.skips === 3);
    this.begins = bits((place) => place.begins);
    this.ends = bits((place) => place.ends);
    for (const char of new Set(places.flatMap((place) => [...place.takes])))
      this.taking.set(
        char,
        bits((place) => place.takes.includes(char)),
      );
  }

  occursIn({ chars, solid }: ReadText): boolean {
    let at = new Uint32Array(this.cells);
    let next = new Uint32Array(this.cells);
    let any = false;
    for (let i = 0; i < chars.length; i++) {
      const takes = this.taking.get(chars[i]!);
      const fresh = i === 0 || !solid[i - 1];
      if (!takes || (!any && !fresh)) {
        if (any) at.fill(0);
        any = false;
        continue;
      }
      any = this.move(at, next, takes, fresh);
      [at, next] = [next, at];
      if (any && !solid[i + 1] && at.some((cell, k) => (cell & this.ends[k]!) !== 0)) return true;
    }
    return false;
  }

  /** From the places in `at` to those in `next`; false when none is left. */
  private move(at: Uint32Array, next: Uint32Array, takes: Uint32Array, fresh: boolean): boolean {
    let any = 0;
    for (let k = 0; k < this.cells; k++) {
      const here = at[k]!;
      const below = k === 0 ? 0 : at[k - 1]!;
      const on1 = (here << 1) | (below >>> 31);
      const on2 = ((here & this.skip2[k]!) << 2) | (k === 0 ? 0 : (below & this.skip2[k - 1]!) >>> 30);
      const on3 = ((here & this.skip3[k]!) << 3) | (k === 0 ? 0 : (below & this.skip3[k - 1]!) >>> 29);
      any |= next[k] = (on1 | on2 | on3 | (here & this.loops[k]!) | (fresh ? this.begins[k]! : 0)) & takes[k]!;
    }
    return any !== 0;
  }

  private bitsOf(flags: readonly boolean[]): Uint32Array {
    const bits = new Uint32Array(this.cells);
    flags.forEach((flag, i) => flag && (bits[i >>> 5]! |= 1 << (i & 31)));
    return bits;
  }
}

/** Runs of equal characters, `ass` → a×1, s×2: a run may be stretched to three and more (`haaate`) without `hat` becoming `haat`. */
function runs(word: string): { char: string; count: number }[] {
  const found: { char: string; count: number }[] = [];
  for (const char of word) {
    const last = found.at(-1);
    if (last?.char === char) last.count++;
    else found.push({ char, count: 1 });
  }
  return found;
}

const alike = (char: string): string => LOOKALIKES[char] ?? char;

function together(word: string): Place[] {
  const all = runs(word);
  return all.flatMap(({ char, count }, i): Place[] => {
    const takes = alike(char);
    const [begins, ends] = [i === 0, i === all.length - 1];
    if (char === ' ') return [{ takes, loops: true, begins, ends }];
    // Once, or three times and more.
    if (count === 1) return [{ takes, skips: 3, begins, ends }, { takes }, { takes, loops: true, ends }];
    return Array.from({ length: count }, (_, n) => ({ takes, begins: begins && n === 0, loops: n === count - 1, ends: ends && n === count - 1 }));
  });
}

/** Letter, one to three spacers, letter, … */
function spelledOut(word: string): Place[] {
  const letters = [...word].filter((char) => char !== ' ');
  if (letters.length <= 2) return [];
  const between: Place[] = [{ takes: SPACERS, skips: 3 }, { takes: SPACERS, skips: 2 }, { takes: SPACERS }];
  return letters.flatMap((char, i) => {
    const ends = i === letters.length - 1;
    return [{ takes: alike(char), begins: i === 0, ends }, ...(ends ? [] : between)];
  });
}
