/** How many words-pieces of CLIP a text takes at most in one pass, its begin and end marks left out. */
export const CLIP_PASS = 75;
/** An estimate without the vocabulary: a short word is one piece, a long one about one per six letters, a digit or a run of signs one. */
export function aboutTokens(text: string): number {
  const pieces = text.toLowerCase().match(/'(?:s|t|re|ve|m|ll|d)|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+/gu) ?? [];
  return pieces.reduce((sum, piece) => sum + (/^\p{L}/u.test(piece) && piece.length > 8 ? Math.ceil(piece.length / 6) : 1), 0);
}

/** Adds the word that calls an embedding, once. */
export function withWord(prompt: string, word: string): string {
  if (prompt.split(/[\s,]+/).includes(word)) return prompt;
  return prompt.trim() === '' ? word : `${prompt.trimEnd().replace(/,$/, '')}, ${word}`;
}
