import { type JobEventData, TERMINAL_JOB_STATUSES } from '@atelier/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';
import type { BudgetAlertResponse } from './client/index.js';
import { toast } from './components/toast.js';
import { useSeen } from './media.js';
import { words } from './strings.js';

/** What a running job last said about itself. */
export interface JobPulse {
  /** When the last news came, in milliseconds of this browser's clock; 0 before the first. */
  at: number;
  status?: JobEventData['status'];
  progress?: JobEventData['progress'];
  preview?: JobEventData['preview'];
  billing?: JobEventData['billing'];
}

const TERMINAL: readonly string[] = TERMINAL_JOB_STATUSES;

/** Asks again for everything that a job's end changes. */
export function useJobEnded(): () => void {
  const queries = useQueryClient();
  return useCallback(() => {
    for (const noun of ['jobs', 'assets', 'balance']) void queries.invalidateQueries({ queryKey: [noun] });
  }, [queries]);
}

/** Follows one job by its stored events; a late or returning subscriber is sent what it missed. */
export function useJobPulse(jobId: string, live: boolean): JobPulse {
  const [pulse, setPulse] = useState<JobPulse>({ at: 0 });
  const ended = useJobEnded();
  const seen = useSeen();
  useEffect(() => {
    if (!live || !seen) return;
    const source = new EventSource(`/api/v1/jobs/${jobId}/events`);
    const hear = (type: keyof Omit<JobPulse, 'at'>) => (event: MessageEvent<string>) => {
      const data = JSON.parse(event.data) as never;
      setPulse((before) => ({ ...before, at: Date.now(), [type]: data }));
      if (type !== 'status' || !TERMINAL.includes((data as JobEventData['status']).status)) return;
      source.close();
      ended();
    };
    for (const type of ['status', 'progress', 'preview', 'billing'] as const) source.addEventListener(type, hear(type));
    return () => source.close();
  }, [jobId, live, seen, ended]);
  return pulse;
}

/** One stream per tab with the news of the whole workspace: the balance, alerts of budgets and the states of one's own jobs. */
export function useWorkspaceNews(on: boolean): void {
  const queries = useQueryClient();
  const seen = useSeen();
  useEffect(() => {
    if (!on || !seen) return;
    const source = new EventSource('/api/v1/events');
    source.addEventListener('balance:changed', () => void queries.invalidateQueries({ queryKey: ['balance'] }));
    source.addEventListener('budget:alert', (event: MessageEvent<string>) => {
      void queries.invalidateQueries({ queryKey: ['budgets'] });
      const { budgetName, threshold } = JSON.parse(event.data) as BudgetAlertResponse;
      toast(threshold === 'forecast' ? words.budgets.willNotLast(budgetName) : words.budgets.spent(budgetName, threshold));
    });
    for (const type of ['job:status', 'job:complete']) source.addEventListener(type, () => void queries.invalidateQueries({ queryKey: ['jobs'] }));
    return () => source.close();
  }, [on, seen, queries]);
}
