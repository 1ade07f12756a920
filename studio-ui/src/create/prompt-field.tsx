import { PARAMETER_LIMITS } from '@atelier/contracts';
import { clsx, Field, formatNumber, Help, studioWords, Textarea } from '@atelier/ui-kit';
import { useState } from 'react';
import { unableOf } from './abilities.js';
import { takes } from './draft.js';
import { aboutTokens, CLIP_PASS } from './prompt-words.js';
import { useModels } from './use-models.js';
import type { PartProps } from './what.js';

const w = studioWords.create;
const max = PARAMETER_LIMITS.promptLengthMax;
/** From here on the count of characters is worth showing. */
const NEARLY_FULL = 0.8;

export function PromptField({ draft, faults, onChange }: PartProps) {
  const { used } = useModels(draft);
  const [avoiding, setAvoiding] = useState(draft.negativePrompt !== '');
  const unable = takes(draft.operation, 'negativePrompt') ? unableOf(used, draft.operation).negativePrompt : undefined;
  return (
    <div className="flex flex-col gap-2">
      <Field label={draft.operation === 'video' && draft.image ? w.promptOptional : w.prompt} error={faults.prompt} aside={<Counter text={draft.prompt} />}>
        {(ids) => (
          <Textarea
            {...ids}
            data-field="prompt"
            rows={3}
            maxLength={max}
            placeholder={draft.operation === 'video' ? w.promptFilm : w.promptPlaceholder}
            value={draft.prompt}
            onChange={(event) => onChange({ prompt: event.target.value })}
            className="text-16 [field-sizing:content] max-h-80 min-h-22 md:min-h-32"
          />
        )}
      </Field>
      {avoiding || draft.negativePrompt ? (
        <Field label={w.avoid} error={faults.negativePrompt} hint={unable} aside={<Counter text={draft.negativePrompt} />}>
          {(ids) => (
            <Textarea
              {...ids}
              rows={2}
              maxLength={max}
              disabled={!!unable}
              autoFocus={draft.negativePrompt === ''}
              placeholder={w.avoidPlaceholder}
              value={draft.negativePrompt}
              onChange={(event) => onChange({ negativePrompt: event.target.value })}
            />
          )}
        </Field>
      ) : (
        <button
          type="button"
          onClick={() => setAvoiding(true)}
          className="self-start py-1 text-13 text-ink-soft underline decoration-line-strong underline-offset-4 hover:text-ink"
        >
          {w.addAvoid}
        </button>
      )}
    </div>
  );
}

/** Word pieces as CLIP counts them; of a text that takes more than one pass the later part weighs less. */
function Counter({ text }: { text: string }) {
  if (text.trim() === '') return null;
  if (text.length > max * NEARLY_FULL)
    return (
      <span className="num text-12 text-ink-faint">
        {formatNumber(text.length)} / {formatNumber(max)}
      </span>
    );
  const tokens = aboutTokens(text);
  const passes = Math.ceil(tokens / CLIP_PASS);
  return (
    <span className={clsx('num flex items-center gap-0.5 text-12', passes > 1 ? 'text-ink' : 'text-ink-faint')}>
      {w.tokens(tokens, CLIP_PASS * passes)}
      {passes > 1 && ` · ${w.passes(passes)}`}
      <Help label={w.tokensName}>{w.tokensHelp(CLIP_PASS)}</Help>
    </span>
  );
}
