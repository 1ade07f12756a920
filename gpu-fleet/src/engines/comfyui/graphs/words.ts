/** Prompts: textual inversions are named `embedding:…`, and only those the task brought. */
import type { DiffusionTask } from '@atelier/contracts';
import { listedName, weightsOf, type GraphSource } from './graph.js';

/**
 * The task's embedding words become ComfyUI's `embedding:atelier/<file>`. Whatever else looks like such a reference is taken apart:
 * files of other tenants lie in the same folder.
 */
export function promptWords(text: string, embeddings: DiffusionTask['embeddings'], source: GraphSource): string {
  const known = (embeddings ?? []).flatMap(({ digest, word }) => {
    const file = weightsOf(source, 'embedding').find((w) => w.digest === digest);
    return file ? [{ word, name: `embedding:${listedName(file)}` }] : [];
  });
  const named = known.map(({ word }) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).sort((a, b) => b.length - a.length);
  const pattern = named.length > 0 ? new RegExp(String.raw`(?:embedding:)?(?<![\w-])(${named.join('|')})(?![\w/\\-])`, 'gi') : null;
  const pieces = pattern ? splitAt(text, pattern) : [{ text }];
  return pieces.map((piece) => (piece.word ? nameOf(known, piece.word) : piece.text.replaceAll(/embedding\s*:/gi, 'embedding '))).join('');
}

function splitAt(text: string, pattern: RegExp): { text: string; word?: string }[] {
  const pieces: { text: string; word?: string }[] = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    pieces.push({ text: text.slice(from, match.index) }, { text: '', word: match[1]! });
    from = match.index + match[0].length;
  }
  return [...pieces, { text: text.slice(from) }];
}

function nameOf(known: readonly { word: string; name: string }[], word: string): string {
  // ComfyUI sees a reference only after a space, and takes for its name what stands before the next one.
  return ` ${known.find((k) => k.word.toLowerCase() === word.toLowerCase())!.name} `;
}
