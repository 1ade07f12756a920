const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'video/mp4': 'mp4',
  'video/webm': 'webm',
};

/** What a person called the file, without path, control characters and what changes the direction of reading; null when nothing is left. */
export function cleanFilename(name: string | undefined): string | null {
  const last = (name ?? '').split(/[/\\]/).at(-1)!;
  const clean = last
    .replace(/[\p{Cc}\p{Cf}"<>|:*?]/gu, '')
    .trim()
    .replace(/^\.+/, '')
    .slice(0, 200);
  return clean === '' ? null : clean;
}

/** The name to save under: the person's own, or the asset's id, with the ending of what the file really is. */
export function downloadName(filename: string | null, id: string, contentType: string): string {
  const base = filename?.replace(/\.[A-Za-z0-9]{1,5}$/, '') || id;
  const extension = EXTENSIONS[contentType];
  return extension ? `${base}.${extension}` : base;
}
