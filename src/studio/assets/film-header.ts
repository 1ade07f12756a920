/**
 * Says which container a film lies in, from its first bytes and before any demuxer sees it. Playlists and everything else that names other
 * files is none of these. Sources: ISO/IEC 14496-12 §4.3 (`ftyp`), RFC 8794 (EBML header).
 */
export const FILM_TYPES = ['video/mp4', 'video/webm'] as const;
export type FilmType = (typeof FILM_TYPES)[number];

const EBML = Buffer.from('1a45dfa3', 'hex');

export function sniffFilm(head: Buffer): FilmType | null {
  if (head.length >= 12 && head.toString('latin1', 4, 8) === 'ftyp' && head.readUInt32BE(0) >= 16) return 'video/mp4';
  if (head.subarray(0, 4).equals(EBML) && head.subarray(0, 64).includes('webm')) return 'video/webm';
  return null;
}
