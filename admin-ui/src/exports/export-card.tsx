import {
  adminWords,
  Badge,
  buttonClass,
  CopyButton,
  creditsWithUnit,
  formatBytes,
  formatDateTime,
  formatDay,
  formatMicros,
  formatNumber,
  dayIn,
  ProgressBar,
} from '@atelier/ui-kit';
import { unfinished, type ExportView } from './exports.js';

const w = adminWords.exports;
const TONES = { queued: 'neutral', running: 'neutral', ready: 'good', failed: 'bad', expired: 'neutral' } as const;

/** The end is exclusive; its last day is meant. */
const rangeOf = ({ from, to, timeZone }: ExportView): string =>
  adminWords.usage.range(formatDay(dayIn(timeZone, new Date(from))), formatDay(dayIn(timeZone, new Date(Date.parse(to) - 1))), timeZone);

/** A file: how far it is, what is in it, what proves it, and where to get it. */
export function ExportCard({ file }: { file: ExportView }) {
  const { status, format, totals, bytes, sha256, url, sidecarUrl, error, expiresAt } = file;
  const name = `${w.formats[format]}, ${rangeOf(file)}`;
  return (
    <li aria-label={name} className="rounded-house border border-line bg-surface p-4">
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <p className="font-semibold">{w.formats[format]}</p>
          <p className="text-13 text-ink-soft">{rangeOf(file)}</p>
        </div>
        <Badge tone={TONES[status]}>{w.states[status]}</Badge>
      </div>
      {unfinished(file) && (
        <div className="mt-3">
          <ProgressBar value={status === 'queued' ? null : file.progress} label={w.progressOf(name)} />
          <p className="num mt-1.5 text-12 text-ink-faint">{w.rowsSoFar(formatNumber(file.rows))}</p>
        </div>
      )}
      {status === 'failed' && error && <p className="mt-2 text-13 text-bad">{error}</p>}
      {totals && (
        <dl className="num mt-3 flex flex-wrap gap-x-8 gap-y-2 text-13">
          <Figure name={w.rows} value={formatNumber(totals.rows)} />
          <Figure name={w.credits} value={creditsWithUnit(totals.credits)} />
          {totals.costMicros !== undefined && <Figure name={w.cost} value={formatMicros(totals.costMicros)} />}
          {totals.billedMicros !== undefined && <Figure name={w.billed} value={formatMicros(totals.billedMicros)} />}
          {totals.effectiveMicros !== undefined && <Figure name={w.effective} value={formatMicros(totals.effectiveMicros)} />}
          {bytes !== null && <Figure name={w.size} value={formatBytes(bytes)} />}
        </dl>
      )}
      {sha256 && (
        <p className="mt-3 flex items-center gap-1 text-12 text-ink-soft">
          <span className="shrink-0">SHA-256</span>
          <span className="min-w-0 truncate font-mono">{sha256}</span>
          <CopyButton text={sha256} label={w.copyChecksum} iconOnly />
        </p>
      )}
      {url && sidecarUrl && (
        <div className="mt-3 flex flex-wrap items-center gap-2">
          <a href={url} download aria-label={w.downloadOf(name)} className={buttonClass('plain', 'small')}>
            {w.download}
          </a>
          <a href={sidecarUrl} download aria-label={w.sidecarOf(name)} className={buttonClass('quiet', 'small')}>
            {w.sidecar}
          </a>
          {expiresAt && <span className="text-12 text-ink-faint">{w.until(formatDateTime(expiresAt))}</span>}
        </div>
      )}
    </li>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt className="text-12 text-ink-faint">{name}</dt>
      <dd className="font-medium">{value}</dd>
    </div>
  );
}
