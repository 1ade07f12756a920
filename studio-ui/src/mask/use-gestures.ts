import { type PointerEvent, type RefObject, useEffect, useRef, useState, type WheelEvent } from 'react';
import type { Place } from './bitmap.js';
import { fitted, pinched, toPicture, type View, zoomed } from './view.js';

export interface Hand {
  /** `pressure` 0 to 1; a mouse has always the same. */
  down: (at: Place, pressure: number) => void;
  move: (at: Place, pressure: number) => void;
  up: () => void;
  /** The touch became a pinch: what it began is taken back. */
  cancel: () => void;
}

interface Options {
  stage: RefObject<HTMLDivElement | null>;
  picture: { width: number; height: number };
  /** One-finger and one-button movement moves the picture. */
  panning: boolean;
  hand: Hand;
}

/** Pen, mouse and touch on the stage: one pointer works, two fingers move and zoom, the wheel zooms, the middle button or the pan tool moves. */
export function useGestures({ stage, picture, panning, hand }: Options) {
  const [view, setView] = useState<View>({ x: 0, y: 0, scale: 1 });
  const [over, setOver] = useState<Place | null>(null);
  const pointers = useRef(new Map<number, Place>());
  const mode = useRef<'draw' | 'pan' | 'pinch' | null>(null);

  const fit = (): void => {
    const box = stage.current?.getBoundingClientRect();
    if (box) setView(fitted(box, picture));
  };
  useEffect(() => {
    const node = stage.current;
    if (!node) return;
    const observer = new ResizeObserver(() => setView(fitted(node.getBoundingClientRect(), picture)));
    observer.observe(node);
    return () => observer.disconnect();
  }, [stage, picture.width, picture.height]);

  const placeOf = (event: { clientX: number; clientY: number }): Place => {
    const box = stage.current!.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const strength = (event: PointerEvent): number => (event.pointerType === 'pen' && event.pressure > 0 ? event.pressure : 1);

  const onPointerDown = (event: PointerEvent): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
    pointers.current.set(event.pointerId, placeOf(event));
    if (pointers.current.size === 2) {
      if (mode.current === 'draw') hand.cancel();
      mode.current = 'pinch';
    } else if (pointers.current.size === 1) {
      mode.current = panning || event.button === 1 ? 'pan' : event.button === 0 ? 'draw' : null;
      if (mode.current === 'draw') hand.down(toPicture(view, placeOf(event)), strength(event));
    }
  };
  const onPointerMove = (event: PointerEvent): void => {
    const at = placeOf(event);
    setOver(event.pointerType === 'touch' ? null : toPicture(view, at));
    const before = pointers.current.get(event.pointerId);
    if (!before) return;
    if (mode.current === 'draw') {
      // A fast hand makes more places than frames.
      const all = event.nativeEvent.getCoalescedEvents?.() ?? [];
      for (const each of all.length > 0 ? all : [event]) hand.move(toPicture(view, placeOf(each)), strength(event));
    } else if (mode.current === 'pan') setView((last) => ({ ...last, x: last.x + at.x - before.x, y: last.y + at.y - before.y }));
    else if (mode.current === 'pinch') {
      const [a, b] = [...pointers.current.keys()] as [number, number];
      const old = [pointers.current.get(a)!, pointers.current.get(b)!] as const;
      const now = [a === event.pointerId ? at : old[0], b === event.pointerId ? at : old[1]] as const;
      setView((last) => pinched(last, old, now));
    }
    pointers.current.set(event.pointerId, at);
  };
  const onPointerUp = (event: PointerEvent): void => {
    pointers.current.delete(event.pointerId);
    if (pointers.current.size > 0) return;
    if (mode.current === 'draw') hand.up();
    mode.current = null;
  };
  const zoom = (factor: number, at?: Place): void => {
    const box = stage.current!.getBoundingClientRect();
    setView((last) => zoomed(last, factor, at ?? { x: box.width / 2, y: box.height / 2 }));
  };
  const handlers = {
    onPointerDown,
    onPointerMove,
    onPointerUp,
    onPointerCancel: onPointerUp,
    onPointerLeave: () => setOver(null),
    onWheel: (event: WheelEvent) => zoom(Math.exp(-event.deltaY / 400), placeOf(event)),
  };
  return { view, over, fit, zoom, handlers };
}
