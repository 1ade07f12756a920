import { defineConfig } from '../../platform/config/index.js';

export const assetsConfig = defineConfig('assets', (env) => ({
  /** Largest file accepted from a user. 40 megapixels fit into it in every accepted format that people send. */
  uploadMaxBytes: env.int('ATELIER_UPLOAD_MAX_MB', 64, { min: 1, max: 1024 }) * 1024 * 1024,
  /** Programs that read films; names are looked up in PATH. */
  ffmpeg: env.string('FFMPEG_PATH', 'ffmpeg'),
  ffprobe: env.string('FFPROBE_PATH', 'ffprobe'),
  /** Files in storage that no row speaks for are removed at this age. */
  orphanAgeHours: env.int('ATELIER_ORPHAN_AGE_HOURS', 24, { min: 1, max: 8760 }),
}));
