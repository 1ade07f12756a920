import { PARAMETER_LIMITS } from '@atelier/contracts';
import { Combobox, FieldError, IconButton, type Model, Slider, studioWords } from '@atelier/ui-kit';
import { X } from 'lucide-react';
import { misfit, unableOf } from './abilities.js';
import { FoldedGroup } from './group.js';
import { withWord } from './prompt-words.js';
import { useModels } from './use-models.js';
import type { PartProps } from './what.js';

const w = studioWords.create;
const WEIGHT = { standard: 0.8, min: -2, max: 2 };

/** LoRAs with their weights, and embeddings, which are called by a word in the prompt. */
export function Companions({ draft, faults, onChange }: PartProps) {
  const { used, companions } = useModels(draft);
  const [loras, embeddings] = [companions('lora'), companions('embedding')];
  const unable = unableOf(used, draft.operation);
  const choice = (each: Model, taken: boolean) => ({
    value: each.slug,
    label: each.name,
    detail: each.triggerWords.length > 0 ? w.calledBy(each.triggerWords.join(', ')) : each.description,
    reason: taken ? w.taken : misfit(each, used),
  });
  const full = draft.loras.length >= PARAMETER_LIMITS.lorasMax;
  return (
    <FoldedGroup name="loras" draft={draft} unable={unable.loras} onChange={onChange}>
      {draft.loras.map((lora, index) => (
        <LoraRow
          key={lora.model}
          lora={lora}
          model={loras.find(({ slug, id }) => slug === lora.model || id === lora.model)}
          prompt={draft.prompt}
          used={used}
          onWeight={(weight) => onChange({ loras: draft.loras.with(index, { ...lora, weight }) })}
          onWord={(word) => onChange({ prompt: withWord(draft.prompt, word) })}
          onRemove={() => onChange({ loras: draft.loras.toSpliced(index, 1) })}
        />
      ))}
      <Combobox
        label={w.addLora}
        placeholder={loras.length === 0 ? w.noLoras : w.find}
        disabled={!!unable.loras || full}
        hint={full ? w.lorasFull(PARAMETER_LIMITS.lorasMax) : undefined}
        error={faults.loras}
        options={loras.map((each) =>
          choice(
            each,
            draft.loras.some(({ model }) => model === each.slug),
          ),
        )}
        onPick={(model) => onChange({ loras: [...draft.loras, { model, weight: WEIGHT.standard }] })}
      />
      <Combobox
        label={w.addEmbedding}
        placeholder={embeddings.length === 0 ? w.noEmbeddings : w.find}
        disabled={!!unable.embeddings}
        hint={unable.embeddings && unable.embeddings !== unable.loras ? unable.embeddings : w.embeddingHint}
        options={embeddings.map((each) => choice(each, false))}
        onPick={(slug) => onChange({ prompt: withWord(draft.prompt, `embedding:${slug.split('/').at(-1)}`) })}
      />
    </FoldedGroup>
  );
}

interface RowProps {
  lora: { model: string; weight: number };
  model: Model | undefined;
  used: Model | undefined;
  prompt: string;
  onWeight: (weight: number) => void;
  onWord: (word: string) => void;
  onRemove: () => void;
}

function LoraRow({ lora, model, used, prompt, onWeight, onWord, onRemove }: RowProps) {
  const name = model?.name ?? lora.model;
  const reason = model && misfit(model, used);
  const words = (model?.triggerWords ?? []).filter((word) => !prompt.includes(word));
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex items-start gap-1">
        <div className="min-w-0 flex-1">
          <Slider label={name} {...WEIGHT} step={0.05} value={lora.weight} onChange={onWeight} />
        </div>
        <IconButton label={w.removeNamed(name)} size="small" icon={<X aria-hidden className="size-4" />} onClick={onRemove} />
      </div>
      {reason && <FieldError error={{ pointer: '/loras', code: 'misfit', message: reason, fix: w.misfitCure }} />}
      {words.length > 0 && (
        <p className="flex flex-wrap items-center gap-1.5 text-12 text-ink-soft">
          {w.addWords}
          {words.map((word) => (
            <button
              key={word}
              type="button"
              onClick={() => onWord(word)}
              className="min-h-6 rounded-full border border-line-strong px-2 text-12 text-ink hover:bg-hover"
            >
              {word}
            </button>
          ))}
        </p>
      )}
    </div>
  );
}
