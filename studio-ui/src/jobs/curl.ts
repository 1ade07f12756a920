/** The same job as a command; the key comes from the shell, never from the page. */
export function curlOf(origin: string, operation: string, parameters: Record<string, unknown>): string {
  const body = JSON.stringify({ operation, parameters }).replaceAll("'", String.raw`'\''`);
  return [
    `curl -X POST ${origin}/api/v1/jobs`,
    '-H "Authorization: Bearer $ATELIER_API_KEY"',
    '-H "Content-Type: application/json"',
    '-H "Idempotency-Key: $(date +%s)"',
    `-d '${body}'`,
  ].join(' \\\n  ');
}
