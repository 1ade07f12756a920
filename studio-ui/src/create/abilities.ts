import { CONTROL_TYPES, type ControlType } from '@atelier/contracts';
import { familyOf, type Model, studioWords } from '@atelier/ui-kit';
import { type Draft, type Form, takes } from './draft.js';

const w = studioWords.create.unable;

/** What a model has no use for, with the reason; the form shows such fields disabled, because a field that is missing without a word is looked for. */
export type Unable = Partial<Record<'loras' | 'embeddings' | 'negativePrompt' | 'controlNets' | 'image', string>>;

/** A model that nobody knows yet (the list is on its way) can do everything; the server has the last word. */
export function unableOf(model: Model | undefined, operation: Form): Unable {
  if (!model) return {};
  const facts = familyOf(model.base);
  if (!facts)
    return model.engine === 'comfyui'
      ? {}
      : { loras: w.placeholder(model.name), embeddings: w.placeholder(model.name), controlNets: w.placeholder(model.name) };
  return {
    ...(!facts.loras && { loras: w.loras(facts.name) }),
    ...(!facts.embeddings && { embeddings: w.embeddings(facts.name) }),
    ...(!facts.negativePrompt && { negativePrompt: w.negativePrompt(facts.name) }),
    ...(facts.controls.length === 0 && takes(operation, 'controlNets') && { controlNets: w.controls(facts.name) }),
  };
}

/** Which kinds of control a model takes. */
export function controlsOf(model: Model | undefined): readonly ControlType[] {
  return familyOf(model?.base)?.controls ?? CONTROL_TYPES;
}

/** Why a LoRA or an embedding does not go with a model; null: it does. A placeholder takes none, whatever its family. */
export function misfit(companion: Pick<Model, 'base' | 'ready' | 'reason'>, model: Model | undefined): string | null {
  if (!companion.ready) return companion.reason?.message ?? w.notReady;
  if (!model || companion.base === model.base) return null;
  return w.family(familyOf(companion.base)?.name ?? companion.base, familyOf(model.base)?.name ?? model.name);
}

/** A model that does not do the operation is not named; it comes back with an operation that it does. */
export function fitted(draft: Draft, models: readonly Model[]): Draft {
  const known = models.some(({ id, slug }) => draft.model === slug || draft.model === id);
  return draft.model === null || models.length === 0 || known ? draft : { ...draft, model: null };
}

/** The settings that a model's family was made for, as far as the draft has others. */
export function nativeSettings(model: Model | undefined, draft: Draft): Partial<Draft> {
  const facts = familyOf(model?.base);
  if (!facts) return {};
  const { steps, cfgScale, sampler, scheduler } = facts.defaults;
  const longest = Math.max(draft.width, draft.height);
  const scale = (side: number): number => Math.max(64, Math.round((side * facts.nativeSide) / longest / facts.sideMultiple) * facts.sideMultiple);
  const wanted: Partial<Draft> = { steps, cfgScale, sampler, scheduler, width: scale(draft.width), height: scale(draft.height) };
  return Object.fromEntries(
    Object.entries(wanted).filter(([name, value]) => takes(draft.operation, name as keyof Draft) && draft[name as keyof Draft] !== value),
  );
}
