import { describe, expect, it } from 'vitest';
import { compileRules, normalise, STARTING_RULES } from './prompt-rules.js';

const start = compileRules(STARTING_RULES);
const broken = (text: string): string | undefined => start.find(text)?.rule;

describe('the rules a new tenant starts with', () => {
  it.each(['nudity', 'violence', 'hate', 'gore'])('refuse the word %s and name its rule', (word) => {
    expect(broken(`a picture of ${word}, oil on canvas`)).toBe(word);
  });

  it('name the coarse words as profanity', () => {
    expect(start.find('what the fuck')).toEqual({ rule: 'profanity', word: 'fuck' });
  });

  it.each([
    'a lighthouse in a storm',
    'whatever',
    'Gorey, the illustrator',
    'a chateau',
    'forge of gorgeous steel',
    'Scunthorpe',
    'a hat especially made',
    'hat, e-mail',
    'that energy',
    '',
  ])('let %j through', (prompt) => {
    expect(broken(prompt)).toBeUndefined();
  });
});

describe('spellings that mean the same word', () => {
  it.each([
    ['letter case', 'VIOLENCE'],
    ['accents', 'víolencé'],
    ['decomposed accents', 'vi\u0301olence'],
    ['full width', 'ｖｉｏｌｅｎｃｅ'],
    ['digits for letters', 'v1ol3nc3'],
    ['signs for letters', 'v!olence'],
    ['zero-width characters', 'vio\u200blence'],
    ['spelled out', 'v i o l e n c e'],
    ['dotted', 'v.i.o.l.e.n.c.e'],
    ['stretched', 'violeeeence'],
    ['in quotes', '"violence"'],
    ['beside an underscore', 'no_violence_here'],
  ])('%s', (_, text) => {
    expect(broken(text)).toBe('violence');
  });
});

describe("a tenant's own rules", () => {
  it('match phrases over any white space', () => {
    const rules = compileRules([{ name: 'brands', words: ['Acme  Cola'], enabled: true }]);
    expect(rules.find('drink acme\n cola now')).toEqual({ rule: 'brands', word: 'Acme  Cola' });
    expect(rules.find('acme and cola')).toBeNull();
  });

  it('match words of other scripts, and words with signs in them', () => {
    expect(compileRules([{ name: 'ru', words: ['насилие'], enabled: true }]).find('НАСИЛИЕ!')).toEqual({ rule: 'ru', word: 'насилие' });
    expect(compileRules([{ name: 'code', words: ['c++ (old)'], enabled: true }]).find('we love C++ (old)')).not.toBeNull();
  });

  it('do nothing while disabled, and none at all let everything through', () => {
    expect(compileRules([{ name: 'hate', words: ['hate'], enabled: false }]).find('hate')).toBeNull();
    expect(compileRules([]).find('hate')).toBeNull();
  });

  it('keep the double letters of a word apart from single ones', () => {
    const rules = compileRules([{ name: 'god', words: ['god'], enabled: true }]);
    expect(rules.find('a good day')).toBeNull();
    expect(rules.find('oh my gooood')).not.toBeNull();
  });
});

it('a prompt of the longest length is checked against two thousand words in milliseconds', () => {
  const rules = compileRules([{ name: 'many', words: Array.from({ length: 2000 }, (_, i) => `word${'abcdefghij'[i % 10]}${i}`), enabled: true }]);
  const prompt = 'h a t w o r d a '.repeat(250);
  rules.find(prompt);
  const begin = performance.now();
  expect(rules.find(prompt)).toBeNull();
  expect(performance.now() - begin).toBeLessThan(50);
});

it('normalising is stable', () => {
  expect(normalise(normalise('Ｆｉ ﬁ É'))).toBe(normalise('Ｆｉ ﬁ É'));
});
