import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A clip in which something moves, by ffmpeg. */
export function film(
  o: {
    width?: number;
    height?: number;
    fps?: number;
    frames?: number;
    type?: 'mp4' | 'webm';
    turned?: boolean;
    /** Seconds at which the last frame is shown, however long the pause before it. */ lastAt?: number;
  } = {},
): Buffer {
  const { width = 64, height = 48, fps = 10, frames = 12, type = 'mp4' } = o;
  const folder = mkdtempSync(join(tmpdir(), 'atelier-film-'));
  try {
    const path = join(folder, `a.${type}`);
    const codec = type === 'mp4' ? ['-c:v', 'libx264'] : ['-c:v', 'libvpx', '-b:v', '200k'];
    const source = ['-f', 'lavfi', '-i', `testsrc=size=${width}x${height}:rate=${fps}`, '-frames:v', String(frames)];
    const late = o.lastAt === undefined ? [] : ['-vf', `setpts='if(lt(N,${frames - 1}),PTS,${o.lastAt}/TB)'`, '-vsync', 'vfr'];
    execFileSync('ffmpeg', ['-v', 'error', ...source, ...late, ...codec, '-pix_fmt', 'yuv420p', path]);
    if (!o.turned) return readFileSync(path);
    const turned = join(folder, `b.${type}`);
    execFileSync('ffmpeg', ['-v', 'error', '-i', path, '-c', 'copy', '-metadata:s:v:0', 'rotate=90', turned]);
    return readFileSync(turned);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
