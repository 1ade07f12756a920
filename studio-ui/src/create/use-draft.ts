import { assetQuery, jobQuery, useStored } from '@atelier/ui-kit';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { DEFAULTS, type Draft, fromJob, takes } from './draft.js';

/** Another picture makes what was marked on the former one void. */
const withPicture = (image: string, { operation, ...before }: Draft): Partial<Draft> => ({
  image,
  operation: takes(operation, 'image') ? operation : 'img2img',
  ...(image !== before.image && { mask: null, points: [] }),
});

/**
 * The form's content, kept in this browser: neither a refresh nor a wrong click loses a prompt. What a link asks for
 * (an operation, an input picture, a job or picture to remix) is taken over once and then leaves the address.
 */
export function useDraft(): [Draft, (change: Partial<Draft>) => void] {
  const [stored, setDraft] = useStored<Draft>('draft', DEFAULTS);
  const draft = { ...DEFAULTS, ...stored };
  const { op, image, from } = useSearch({ from: '/inside/' });
  const navigate = useNavigate();
  const queries = useQueryClient();
  useEffect(() => {
    if (!op && !image && !from) return;
    const take = async (): Promise<void> => {
      let next = draft;
      if (from?.startsWith('ast_')) {
        const asset = await queries.ensureQueryData(assetQuery(from));
        const job = asset.jobId ? await queries.ensureQueryData(jobQuery(asset.jobId)) : null;
        if (job) next = fromJob(job.operation, asset.parameters, next);
      } else if (from) {
        const job = await queries.ensureQueryData(jobQuery(from));
        next = fromJob(job.operation, job.parameters ?? {}, next);
      }
      if (op) next = { ...next, operation: op };
      if (image) next = { ...next, ...withPicture(image, next) };
      setDraft(next);
    };
    void take()
      .catch(() => undefined)
      .finally(() => void navigate({ to: '/', search: {}, replace: true }));
    // Only a new address is a new wish; the draft itself is read as it is at that moment.
  }, [op, image, from]);
  return [draft, (change) => setDraft({ ...draft, ...change })];
}
