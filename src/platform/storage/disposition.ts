/** `Content-Disposition` that saves a file under a name a client chose: control characters, quotes and path separators cannot break out. */
export function attachment(name: string): string {
  const clean = [...name.normalize('NFC')]
    .filter((c) => !/[\p{Control}\p{Surrogate}/\\:*?"<>|]/u.test(c))
    .join('')
    .replace(/^\.+/, '')
    .trim();
  const safe = [...clean].slice(0, 150).join('') || 'file';
  const ascii = safe.replace(/[^\x20-\x7e]/g, '_').replace(/[%;']/g, '_');
  const encoded = encodeURIComponent(safe).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/** Types a browser may show in place; everything else is saved. SVG and HTML can carry script and are never among them. */
export const SHOWN_INLINE: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/webp',
  'image/gif',
  'image/avif',
  'video/mp4',
  'video/webm',
  'audio/mpeg',
  'audio/wav',
  'audio/ogg',
  'audio/mp4',
]);
