import { clsx, ErrorState, studioWords } from '@atelier/ui-kit';
import { type KeyboardEvent, useRef, useState } from 'react';
import { type Box, fill, type Place, stroke } from './bitmap.js';
import { MaskTools, type Tool, TOOLS } from './mask-tools.js';
import { useClicks } from './use-clicks.js';
import { useGestures } from './use-gestures.js';
import type { MaskWork } from './use-mask.js';

const w = studioWords.mask;

interface Props {
  image: { id: string; url: string; alt: string; width: number; height: number };
  work: MaskWork;
}

/** The picture with its mask over it, and the tools beside. Everything the hand does has a key. */
export function MaskEditor({ image, work }: Props) {
  const [tool, setTool] = useState<Tool>('brush');
  const [removing, setRemoving] = useState(false);
  const [size, setSize] = useState(Math.max(8, Math.round(Math.min(image.width, image.height) / 10)));
  const [shown, setShown] = useState(true);
  const [held, setHeld] = useState(false);
  const stage = useRef<HTMLDivElement>(null);
  const clicks = useClicks(image.id, work);
  const hand = useHand({
    tool,
    removing,
    size,
    work,
    onClick: (at) => clicks.add({ x: Math.round(at.x), y: Math.round(at.y), label: removing ? 0 : 1 }),
    image,
  });
  const { view, over, fit, zoom, handlers } = useGestures({ stage, picture: image, panning: tool === 'pan' || held, hand });
  const keyboard = useKeyboard(hand, image, size);
  const choose = (next: Tool): void => {
    if (next !== 'click') clicks.rest();
    setTool(next);
  };
  const onKey = (event: KeyboardEvent): void => {
    const done = keyboard.onKey(event) || keys({ event, choose, setSize, zoom, fit, work, onHold: setHeld, setRemoving });
    if (done) event.preventDefault();
  };
  const ring = keyboard.at ?? over;
  const style = { transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})`, width: image.width, height: image.height };
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <MaskTools {...{ tool, choose, removing, setRemoving, size, setSize, shown, setShown, work, zoom, fit }} busy={clicks.busy} largest={image.width} />
      {clicks.problem && (
        <div className="p-2">
          <ErrorState error={clicks.problem} inline />
        </div>
      )}
      <div
        ref={stage}
        role="application"
        aria-label={w.canvas(image.alt)}
        aria-describedby="mask-keys"
        tabIndex={0}
        data-testid="mask-stage"
        onKeyDown={onKey}
        onKeyUp={(event) => event.key === ' ' && setHeld(false)}
        onBlur={() => setHeld(false)}
        {...handlers}
        className={clsx(
          'relative min-h-72 flex-1 touch-none overflow-hidden bg-sunk -outline-offset-2!',
          tool === 'pan' || held ? 'cursor-grab' : 'cursor-crosshair',
        )}
      >
        <div style={style} className="absolute top-0 left-0 origin-top-left">
          <img src={image.url} alt="" draggable={false} className="checker absolute inset-0 size-full max-w-none select-none" />
          <canvas
            ref={work.canvas}
            width={image.width}
            height={image.height}
            aria-hidden
            className={clsx('absolute inset-0 size-full', !shown && 'invisible')}
          />
          <Marks line={hand.line} points={clicks.points} ring={ring} tool={tool} size={size} scale={view.scale} image={image} />
        </div>
      </div>
      <p id="mask-keys" className="hidden border-t border-line px-3 py-1.5 text-12 text-ink-soft md:block">
        {w.keys}
      </p>
      <p role="status" className="sr-only">
        {clicks.busy ? w.looking : w.share(Math.round(work.state.share * 100))}
      </p>
    </div>
  );
}

interface HandOptions {
  tool: Tool;
  removing: boolean;
  size: number;
  work: MaskWork;
  image: { width: number; height: number };
  onClick: (at: Place) => void;
}

/** What a pointer does with the chosen tool. */
function useHand({ tool, removing, size, work, image, onClick }: HandOptions) {
  const last = useRef<Place | null>(null);
  const [line, setLine] = useState<Place[]>([]);
  const trace = useRef<Place[]>([]);
  const value = tool === 'eraser' || (tool === 'lasso' && removing) ? 0 : 255;
  const paint = (from: Place, to: Place, pressure: number): void => work.draw((mask): Box => stroke(mask, from, to, (size / 2) * pressure, value));
  const follow = (at: Place): void => {
    trace.current = [...trace.current, at];
    setLine(trace.current);
  };
  const drop = (): void => {
    trace.current = [];
    setLine([]);
    last.current = null;
  };
  const brushing = tool === 'brush' || tool === 'eraser';
  return {
    line,
    down: (at: Place, pressure: number) => {
      last.current = at;
      if (brushing) paint(at, at, pressure);
      else if (tool === 'lasso') follow(at);
    },
    move: (at: Place, pressure: number) => {
      if (brushing && last.current) paint(last.current, at, pressure);
      else if (tool === 'lasso') follow(at);
      if (brushing) last.current = at;
    },
    up: () => {
      const at = last.current;
      const drawn = trace.current;
      if (tool === 'lasso' && drawn.length > 2) work.draw((mask) => fill(mask, drawn, value));
      if (tool === 'click' && at && at.x >= 0 && at.y >= 0 && at.x < image.width && at.y < image.height) onClick(at);
      else work.end();
      drop();
    },
    cancel: () => {
      work.cancel();
      drop();
    },
  };
}

const ARROWS: Record<string, readonly [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Arrow keys move a place on the picture, Enter works there with the tool; with Shift the steps are large. */
function useKeyboard(hand: ReturnType<typeof useHand>, image: { width: number; height: number }, size: number) {
  const [at, setAt] = useState<Place | null>(null);
  const onKey = (event: KeyboardEvent): boolean => {
    const arrow = ARROWS[event.key];
    const here = at ?? { x: image.width / 2, y: image.height / 2 };
    if (arrow) {
      const step = Math.max(1, event.shiftKey ? size : size / 4);
      setAt({ x: Math.max(0, Math.min(image.width - 1, here.x + arrow[0] * step)), y: Math.max(0, Math.min(image.height - 1, here.y + arrow[1] * step)) });
      return true;
    }
    if (event.key !== 'Enter' || event.ctrlKey || event.metaKey) return false;
    setAt(here);
    hand.down(here, 1);
    hand.up();
    return true;
  };
  return { at, onKey };
}

interface KeyOptions {
  event: KeyboardEvent;
  choose: (tool: Tool) => void;
  setSize: (change: (size: number) => number) => void;
  zoom: (factor: number) => void;
  fit: () => void;
  work: MaskWork;
  onHold: (held: boolean) => void;
  setRemoving: (change: (removing: boolean) => boolean) => void;
}

function keys({ event, choose, setSize, zoom, fit, work, onHold, setRemoving }: KeyOptions): boolean {
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    const redo = key === 'y' || (key === 'z' && event.shiftKey);
    if (redo) work.redo();
    else if (key === 'z') work.undo();
    return redo || key === 'z';
  }
  const tool = TOOLS.find((each) => each.key === key);
  const actions: Record<string, () => void> = {
    '[': () => setSize((size) => Math.max(1, Math.round(size / 1.25))),
    ']': () => setSize((size) => Math.round(size * 1.25) + 1),
    '+': () => zoom(1.25),
    '=': () => zoom(1.25),
    '-': () => zoom(0.8),
    '0': fit,
    ' ': () => onHold(true),
    x: () => setRemoving((removing) => !removing),
  };
  const act = tool ? () => choose(tool.value) : actions[key];
  act?.();
  return act !== undefined;
}

interface MarksProps {
  line: readonly Place[];
  points: readonly { x: number; y: number; label: 0 | 1 }[];
  ring: Place | null;
  tool: Tool;
  size: number;
  scale: number;
  image: { width: number; height: number };
}

/** The lasso's line, the clicks and the brush's edge; drawn twice, so that they are seen on dark and on light. */
function Marks({ line, points, ring, tool, size, scale, image }: MarksProps) {
  const radius = tool === 'brush' || tool === 'eraser' ? size / 2 : 4 / scale;
  const path = line.map(({ x, y }) => `${x},${y}`).join(' ');
  const pen = { fill: 'none', strokeWidth: 1, vectorEffect: 'non-scaling-stroke' as const };
  return (
    <svg aria-hidden viewBox={`0 0 ${image.width} ${image.height}`} className="pointer-events-none absolute inset-0 size-full overflow-visible">
      {line.length > 1 && (
        <>
          <polygon points={path} {...pen} stroke="white" strokeWidth={3} />
          <polygon points={path} {...pen} stroke="black" strokeDasharray="4 3" />
        </>
      )}
      {points.map(({ x, y, label }, index) => (
        <g key={index}>
          <circle
            cx={x}
            cy={y}
            r={6 / scale}
            fill={label ? 'black' : 'white'}
            stroke={label ? 'white' : 'black'}
            strokeWidth={2}
            vectorEffect="non-scaling-stroke"
          />
        </g>
      ))}
      {ring && tool !== 'pan' && (
        <>
          <circle cx={ring.x} cy={ring.y} r={radius} {...pen} stroke="white" strokeWidth={3} />
          <circle cx={ring.x} cy={ring.y} r={radius} {...pen} stroke="black" />
        </>
      )}
    </svg>
  );
}
