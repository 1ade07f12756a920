import { PARAMETER_LIMITS, type Point } from '@atelier/contracts';
import { click, type ClickSession, closeClicks, openClicks, type Problem, toProblem } from '@atelier/ui-kit';
import { useEffect, useRef, useState } from 'react';
import { combine } from './bitmap.js';
import { type MaskWork, readMask } from './use-mask.js';

/**
 * Choosing by clicks: the server looks at the picture once and then answers every click with the mask of all clicks so far. What had been
 * painted before the first click stays.
 */
export function useClicks(image: string, work: MaskWork) {
  const session = useRef<Promise<ClickSession> | null>(null);
  const base = useRef<Uint8Array | null>(null);
  const [points, setPoints] = useState<Point[]>([]);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  useEffect(
    () => () => {
      // The session ends by itself after ten minutes; nobody needs to hear that it could not be ended before.
      void session.current?.then(({ id }) => closeClicks(id)).catch(() => undefined);
    },
    [],
  );
  const begin = (): Promise<ClickSession> => {
    session.current ??= openClicks(image, 'balanced');
    return session.current;
  };
  const add = async (point: Point): Promise<void> => {
    if (busy || points.length >= PARAMETER_LIMITS.pointsMax) return;
    setBusy(true);
    setProblem(null);
    const { mask } = work;
    base.current ??= mask.data.slice();
    try {
      const next = [...points, point];
      const { maskUrl } = await click((await begin()).id, next);
      const found = await readMask(maskUrl, mask.width, mask.height);
      work.apply((current) => {
        current.data.set(base.current!);
        combine(current, found, 'add');
      });
      setPoints(next);
    } catch (error) {
      session.current = null;
      setProblem(toProblem(error));
    } finally {
      setBusy(false);
    }
  };
  /** Another tool takes over: the next click begins a new selection. */
  const rest = (): void => {
    base.current = null;
    setPoints([]);
  };
  return { points, busy, problem, add: (point: Point) => void add(point), rest };
}
