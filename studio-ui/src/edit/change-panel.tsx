import { PARAMETER_LIMITS } from '@atelier/contracts';
import {
  type AssetDetail,
  Button,
  buttonClass,
  creditsWithUnit,
  ErrorState,
  Field,
  formatSeconds,
  idempotencyKey,
  Segments,
  Slider,
  studioWords,
  Textarea,
  toProblem,
} from '@atelier/ui-kit';
import { postAssets, postJobs } from '@atelier/ui-kit/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { usePrice } from '../create/use-estimate.js';
import { Refusal } from '../jobs/refusal.js';
import type { MaskWork } from '../mask/use-mask.js';

const w = studioWords.edit;

interface Props {
  asset: AssetDetail;
  work: MaskWork;
  busy: boolean;
  onStarted: (jobId: string) => void;
}

/** What shall become of the marked part. */
export function ChangePanel({ asset, work, busy, onStarted }: Props) {
  const [operation, setOperation] = useState<'inpaint' | 'clean-up'>('inpaint');
  const [prompt, setPrompt] = useState('');
  const [strength, setStrength] = useState(1);
  const [feather, setFeather] = useState(8);
  const parameters = operation === 'inpaint' ? { image: asset.id, prompt, strength, feather } : { image: asset.id };
  // What it costs does not hang on what is marked, so until then the picture itself stands for the mask.
  const { estimate, problem } = usePrice(operation, { ...parameters, mask: asset.id, ...(operation === 'inpaint' && { prompt: prompt || 'a picture' }) }, true);
  const run = useRun(asset, work, onStarted);
  const missing = work.state.share === 0 ? w.nothingMarked : operation === 'inpaint' && prompt.trim() === '' ? w.noPrompt : null;
  const figures = estimate && [creditsWithUnit(estimate.credits), estimate.etaSecondsP50 !== null && `~${formatSeconds(Math.max(1, estimate.etaSecondsP50))}`];
  return (
    <>
      <Segments
        label={w.what}
        value={operation}
        options={(['inpaint', 'clean-up'] as const).map((value) => ({ value, label: w.operations[value] }))}
        onChange={setOperation}
      />
      <p className="text-13 text-ink-soft">{w.about[operation]}</p>
      {operation === 'inpaint' && (
        <>
          <Field label={w.prompt}>
            {(ids) => (
              <Textarea
                {...ids}
                rows={3}
                maxLength={PARAMETER_LIMITS.promptLengthMax}
                placeholder={w.promptPlaceholder}
                value={prompt}
                onChange={(event) => setPrompt(event.target.value)}
              />
            )}
          </Field>
          <Slider label={w.strength} hint={w.strengthHint} min={0.05} max={1} step={0.05} value={strength} onChange={setStrength} />
          <Slider label={w.feather} hint={w.featherHint} unit="px" min={0} max={64} value={feather} onChange={setFeather} />
        </>
      )}
      {run.error && <Refusal problem={toProblem(run.error)} />}
      {!run.error && problem && problem.faults.length === 0 && <ErrorState error={problem} inline />}
      <Button
        kind="main"
        size="large"
        className="num w-full whitespace-normal!"
        busy={run.isPending || busy}
        disabled={missing !== null}
        onClick={() => run.mutate({ operation, parameters })}
      >
        {[w.verbs[operation], ...(figures ? figures.filter(Boolean) : [])].join(' · ')}
      </Button>
      {missing && <p className="text-13 text-ink-soft">{missing}</p>}
      <Link to="/assets/$assetId" params={{ assetId: asset.id }} className={buttonClass('plain')}>
        {w.leave}
      </Link>
    </>
  );
}

function useRun(asset: AssetDetail, work: MaskWork, onStarted: (jobId: string) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ operation, parameters }: { operation: 'inpaint' | 'clean-up'; parameters: Record<string, unknown> }) => {
      const mask = await postAssets({ body: { file: await work.toFile(w.maskName) } });
      return postJobs({
        body: { operation, parameters: { ...parameters, mask: mask.id }, visibility: asset.visibility === 'tenant' ? 'tenant' : 'private' },
        headers: { 'idempotency-key': idempotencyKey() },
      });
    },
    onSuccess: (job) => {
      void queries.invalidateQueries({ queryKey: ['jobs'] });
      void queries.invalidateQueries({ queryKey: ['balance'] });
      onStarted(job.id);
    },
  });
}
