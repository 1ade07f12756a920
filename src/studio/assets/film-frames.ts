/**
 * How long a film is, from two lists by ffmpeg's muxer `framecrc`: of its packets as they are stored, and of its first frame as it is shown.
 * What a file says about its own length is not asked: frames are counted as whoever reads the film will get them, at a steady rate, so that
 * a few packets with a long pause between them are as many frames as the pause lasts.
 */
import type { FilmFacts } from './film-facts.js';

const FPS_MAX = 1000;

/** Null when there is nothing to show, or no rate to show it at. Pure. */
export function filmFactsOf(packets: string, firstFrame: string): FilmFacts | null {
  const shown = unitOf(firstFrame);
  const stored = unitOf(packets);
  if (!shown || !stored) return null;
  const rate = shown.under / shown.over;
  const fps = Math.round(rate * 1000) / 1000;
  let count = 0,
    end = 0;
  for (const line of packets.split('\n')) {
    if (!line || line.startsWith('#')) continue;
    count++;
    const [, , at, lasts] = line.split(',').map(Number);
    end = Math.max(end, (at! * stored.over) / stored.under + (lasts! > 0 ? (lasts! * stored.over) / stored.under : 1 / rate));
  }
  const frames = Math.max(count, Math.round(end * rate));
  if (!(fps > 0 && fps <= FPS_MAX && count > 0 && Number.isSafeInteger(frames))) return null;
  return { frames, fps, durationSeconds: Math.round((frames / fps) * 1000) / 1000 };
}

/** Of its times, in seconds, as a fraction. */
function unitOf(list: string): { over: number; under: number } | null {
  const [, over, under] = /^#tb 0: (\d+)\/(\d+)$/m.exec(list) ?? [];
  return Number(over) > 0 && Number(under) > 0 ? { over: Number(over), under: Number(under) } : null;
}
