import { readText, WordAutomaton } from './word-automaton.js';

/** A rule refuses a prompt that contains one of its words. */
export interface PromptRule {
  name: string;
  words: readonly string[];
  enabled: boolean;
}
export interface RuleBreach {
  rule: string;
  /** The rule's word, not the spelling that was found: it is safe to show. */
  word: string;
}
export interface CompiledRules {
  find(text: string): RuleBreach | null;
}

/** What a new tenant starts with: the four words of the first product paper, and coarse insults. */
export const STARTING_RULES: readonly PromptRule[] = [
  { name: 'nudity', words: ['nudity'], enabled: true },
  { name: 'violence', words: ['violence'], enabled: true },
  { name: 'hate', words: ['hate'], enabled: true },
  { name: 'gore', words: ['gore'], enabled: true },
  {
    name: 'profanity',
    words: ['fuck', 'fucker', 'fucking', 'motherfucker', 'shit', 'bullshit', 'bitch', 'cunt', 'asshole', 'bastard', 'slut', 'whore', 'wanker', 'twat'],
    enabled: true,
  },
];

/** One spelling for all: width and ligatures (NFKC), letter case, accents, invisible characters. */
export function normalise(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}]/gu, '')
    .normalize('NFKC')
    .toLowerCase();
}

/** Letter that stands for all its lookalikes. */
const CANON: ReadonlyMap<string, string> = new Map(
  Object.entries({ a: '4@', b: '8', e: '3€', g: '9', i: '1!|l', o: '0', s: '5$', t: '7+', u: 'v', z: '2' }).flatMap(([letter, alike]) =>
    [...alike].map((char) => [char, letter] as const),
  ),
);

/** What is left when spacing, stretching and lookalikes are taken away. A text can only contain a word whose skeleton its own contains. */
function skeleton(spelling: string): string {
  let bones = '';
  for (const char of spelling) {
    const bone = CANON.get(char) ?? char;
    if (bone !== bones.at(-1) && (bone !== char || /[\p{L}\p{N}]/u.test(char))) bones += bone;
  }
  return bones;
}

interface Word {
  rule: string;
  word: string;
  spelling: string;
  bones: string;
  automaton?: WordAutomaton;
}

/**
 * Compile once per set of rules; `find` names the first enabled rule that the text breaks. Whole words only: `skill` does not break `kill`.
 * Substring search over skeletons decides which words are worth an automaton, so that thousands of words cost microseconds.
 */
export function compileRules(rules: readonly PromptRule[]): CompiledRules {
  const words = rules
    .filter((rule) => rule.enabled)
    .flatMap((rule) =>
      rule.words.map((word): Word => {
        const spelling = normalise(word).trim().replace(/\s+/g, ' ');
        return { rule: rule.name, word, spelling, bones: skeleton(spelling) };
      }),
    )
    .filter(({ bones }) => bones !== '');
  return {
    find(text) {
      const plain = normalise(text);
      const bones = skeleton(plain);
      const read = readText(plain);
      const hit = words.find((word) => bones.includes(word.bones) && (word.automaton ??= new WordAutomaton(word.spelling)).occursIn(read));
      return hit ? { rule: hit.rule, word: hit.word } : null;
    },
  };
}
