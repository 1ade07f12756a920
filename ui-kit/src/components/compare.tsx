import { clsx } from 'clsx';
import { type CSSProperties, useState } from 'react';
import { words } from '../strings.js';

interface Side {
  src: string;
  /** Stands on the picture's corner: "Before", "After". */
  label: string;
  alt: string;
}
interface Props {
  before: Side;
  after: Side;
  width?: number | null;
  height?: number | null;
  className?: string;
}

const CORNER = 'pointer-events-none absolute top-2 rounded-small border border-line bg-surface px-2 py-0.5 text-12 font-medium text-ink';

/**
 * Two pictures of one shape, one over the other, with an edge between them that moves. The edge is a range input: drag, tap and arrow keys
 * come with it, and a screen reader hears how much of each shows.
 */
export function Compare({ before, after, width, height, className }: Props) {
  const [at, setAt] = useState(50);
  const place = { '--at': `${at}%`, aspectRatio: width && height ? `${width} / ${height}` : undefined } as CSSProperties;
  return (
    <figure
      style={place}
      className={clsx(
        'relative w-full touch-pan-y overflow-hidden rounded-house bg-sunk select-none has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-ink',
        className,
      )}
    >
      <img src={before.src} alt={before.alt} draggable={false} className="checker block size-full object-fill" />
      <img src={after.src} alt={after.alt} draggable={false} className="checker absolute inset-0 size-full object-fill [clip-path:inset(0_0_0_var(--at))]" />
      <span className={clsx(CORNER, 'left-2')}>{before.label}</span>
      <span className={clsx(CORNER, 'right-2')}>{after.label}</span>
      <span aria-hidden className="pointer-events-none absolute inset-y-0 left-(--at) w-0.5 -translate-x-1/2 bg-surface shadow-raised">
        <span className="absolute top-1/2 left-1/2 grid size-9 -translate-1/2 place-items-center rounded-full border border-line bg-surface text-13 text-ink shadow-raised">
          ⇆
        </span>
      </span>
      <input
        type="range"
        min={0}
        max={100}
        value={at}
        aria-label={words.compare.label(before.label, after.label)}
        aria-valuetext={words.compare.value(before.label, at)}
        onChange={(event) => setAt(Number(event.target.value))}
        className="absolute inset-0 size-full cursor-ew-resize opacity-0"
      />
    </figure>
  );
}
