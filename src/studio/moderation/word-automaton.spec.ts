import { expect, it } from 'vitest';
import { readText, WordAutomaton } from './word-automaton.js';

const finds = (word: string, text: string): boolean => new WordAutomaton(word).occursIn(readText(text));

/** The same spellings as a regular expression: right, but of exponential cost on hostile words. */
function pattern(word: string): RegExp {
  const alike: Record<string, string> = { i: '[i1!|]', l: '[l1|]', u: '[uv]', v: '[vu]', s: '[s5$]', ' ': '\\s', '.': '\\.', '!': '!', '1': '1' };
  const one = (char: string): string => alike[char] ?? char;
  const together = word.replace(/(.)\1*/gu, (run, char: string) =>
    char === ' ' ? '\\s+' : run.length === 1 ? `${one(char)}(?:${one(char)}{2,})?` : `${one(char)}{${run.length},}`,
  );
  const letters = [...word].filter((char) => char !== ' ');
  const spelled = letters.length > 2 ? `|${letters.map(one).join('[\\s._\\-*·]{1,3}')}` : '';
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${together}${spelled})(?![\\p{L}\\p{N}])`, 'u');
}

it('finds what the regular expression of the word finds, in fifty thousand texts that nearly match', () => {
  let seed = 7;
  const random = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % below;
  const draw = (alphabet: string, length: number): string => Array.from({ length }, () => alphabet[random(alphabet.length)]).join('');
  const found = [0, 0];
  for (let round = 0; round < 500; round++) {
    const word = draw('uvils1', 1 + random(4)) + (random(3) === 0 ? ` ${draw('uil', 1 + random(2))}` : '');
    const expected = pattern(word);
    const automaton = new WordAutomaton(word);
    for (let i = 0; i < 100; i++) {
      const stretched = [...word].map((char) => (random(4) === 0 ? char.repeat(1 + random(4)) : char)).join(random(4) === 0 ? draw(' .-', random(5)) : '');
      const text = draw('uvil1!s .x', random(4)) + (random(8) === 0 ? draw('uvil1!s .', 8) : stretched) + draw('uvil1!s .x', random(3));
      const hit = automaton.occursIn(readText(text));
      expect(hit, `${JSON.stringify(word)} in ${JSON.stringify(text)}`).toBe(expected.test(text));
      found[Number(hit)]!++;
    }
  }
  expect(Math.min(...found)).toBeGreaterThan(5000);
});

it('the longest word that a rule may have touches 18 cells a character, whatever its letters are', () => {
  for (const word of ['uv'.repeat(40), 'il'.repeat(40), 'u'.repeat(80), 'abcdefgh'.repeat(10)]) expect(new WordAutomaton(word).cells).toBeLessThanOrEqual(18);
});

it('words whose letters look alike are found or not in the longest prompts that nearly spell them', () => {
  expect(finds('uv'.repeat(3), `${'u'.repeat(160)}a`)).toBe(false);
  expect(finds('uv'.repeat(40), `${'u'.repeat(3999)}a`)).toBe(false);
  expect(finds('uv'.repeat(40), 'u'.repeat(4000))).toBe(true);
  expect(finds('il'.repeat(40), '1'.repeat(79))).toBe(false);
  expect(finds('il'.repeat(40), '1'.repeat(80))).toBe(true);
});
