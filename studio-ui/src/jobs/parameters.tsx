import { Facts, studioWords } from '@atelier/ui-kit';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

const names: Record<string, string> = studioWords.parameter;

function valueOf(name: string, value: unknown): ReactNode {
  if (typeof value === 'string' && value.startsWith('ast_')) {
    return (
      <Link to="/assets/$assetId" params={{ assetId: value }} className="underline underline-offset-4">
        {names[name] ?? name}
      </Link>
    );
  }
  if (typeof value === 'object') return <code className="font-mono text-12 break-all">{JSON.stringify(value)}</code>;
  return <span className={name === 'prompt' || name === 'negativePrompt' ? 'whitespace-pre-wrap' : undefined}>{String(value)}</span>;
}

const ORDER = Object.keys(names);
const place = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);

/** All parameters with their names in words, the prompt first; empty ones are left out. */
export function Parameters({ parameters }: { parameters: Record<string, unknown> }) {
  const shown = Object.entries(parameters).filter(([, value]) => value !== null && value !== '' && !(Array.isArray(value) && value.length === 0));
  shown.sort(([a], [b]) => place(a) - place(b));
  return <Facts rows={shown.map(([name, value]) => [names[name] ?? name, valueOf(name, value)] as const)} />;
}
