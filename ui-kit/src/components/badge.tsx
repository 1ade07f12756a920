import type { JobStatus } from '@atelier/contracts';
import { clsx } from 'clsx';
import { Ban, Check, CircleAlert, CircleDashed, FlaskConical, LoaderCircle, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { words } from '../strings.js';

export type Tone = 'neutral' | 'good' | 'warn' | 'bad';
const TONES: Record<Tone, string> = {
  neutral: 'border-line bg-surface text-ink-soft',
  good: 'border-transparent bg-good-wash text-good',
  warn: 'border-transparent bg-warn-wash text-warn',
  bad: 'border-transparent bg-bad-wash text-bad',
};
const ICONS: Record<Tone, ReactNode> = {
  neutral: null,
  good: <Check aria-hidden className="size-3.5" />,
  warn: <TriangleAlert aria-hidden className="size-3.5" />,
  bad: <CircleAlert aria-hidden className="size-3.5" />,
};

/** A state in a word; colour only repeats what the word and the icon say. */
export function Badge({ tone = 'neutral', icon, children }: { tone?: Tone; icon?: ReactNode; children: ReactNode }) {
  return (
    <span className={clsx('inline-flex h-6 items-center gap-1 rounded-full border px-2 text-12 font-medium whitespace-nowrap', TONES[tone])}>
      {icon ?? ICONS[tone]}
      {children}
    </span>
  );
}

const JOB_TONES: Record<JobStatus, { tone: Tone; icon?: ReactNode }> = {
  queued: { tone: 'neutral', icon: <CircleDashed aria-hidden className="size-3.5" /> },
  starting: { tone: 'neutral', icon: <LoaderCircle aria-hidden className="size-3.5 animate-spin" /> },
  processing: { tone: 'neutral', icon: <LoaderCircle aria-hidden className="size-3.5 animate-spin" /> },
  succeeded: { tone: 'good' },
  failed: { tone: 'bad' },
  canceled: { tone: 'neutral', icon: <Ban aria-hidden className="size-3.5" /> },
};

export function StateChip({ status, cancelling = false }: { status: JobStatus; cancelling?: boolean }) {
  const { tone, icon } = JOB_TONES[status];
  return (
    <Badge tone={tone} icon={icon}>
      {cancelling ? words.job.cancelling : words.job.status[status]}
    </Badge>
  );
}

/** Stands on every picture that no model made; `words.job.simulatedWhy` explains it where there is room. */
export function SimulatedBadge() {
  return <Badge icon={<FlaskConical aria-hidden className="size-3.5" />}>{words.job.simulated}</Badge>;
}
