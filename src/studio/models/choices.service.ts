import { OPERATIONS, type ControlType, type GpuClass, type ModelEngine, type Operation } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import { Plans } from '../../billing/plans/index.js';
import { ExternalEngines } from '../../fleet/external/index.js';
import { Pools } from '../../fleet/pools/index.js';
import type { WeightsUse } from '../../fleet/tasks/index.js';
import type { Ctx } from '../../platform/context/index.js';
import { isTypeId, parseId } from '../../platform/ids/index.js';
import { CHAINS, OUTSIDE } from './chains.js';
import { Entries } from './entries.service.js';
import { Licences } from './licences.service.js';
import { kindOf, switchedOff, unreadiness, type Circumstances, type ModelEntry } from './model.js';

/** With what an operation is done: the engine, its weights, where it may run. */
export interface ChosenModel {
  slug: string;
  /** Decides the lane: the model's own, one for all models of tenants, or `cpu`. */
  base: string;
  /** Decides the graph; `builtin` draws a placeholder. */
  family: string;
  engine: ModelEngine;
  weights: readonly WeightsUse[];
  vramMb: number;
  gpuClasses: readonly GpuClass[];
  priceFactor: 1 | 2;
  simulated: boolean;
}

export interface Refused {
  code: string;
  message: string;
  fix: string;
}
export const isRefused = (found: object): found is Refused => 'fix' in found;

/** A LoRA, embedding or ControlNet that goes with a checkpoint. */
export interface Companion {
  /** Which of its files the task names. */
  digest: string;
  weights: readonly WeightsUse[];
  triggerWords: readonly string[];
}

/** Domain §7: tenants' own models share one lane per class. */
const OWN_LANE = 'custom';
/** How ControlNets are named by those who publish them. */
const CONTROL_NAMES: Readonly<Record<Exclude<ControlType, 'ip_adapter'>, RegExp>> = {
  canny: /canny/i,
  pose: /pose/i,
  depth: /depth/i,
  soft_edge: /soft.?edge|hed/i,
  line_art: /line.?art/i,
  scribble: /scribble/i,
  segmentation: /seg/i,
};

/** Which model does a piece of work: the one that was named, else the first of the operation's chain that can. */
@Injectable()
export class Choices {
  constructor(
    private readonly entries: Entries,
    private readonly licences: Licences,
    private readonly pools: Pools,
    private readonly plans: Plans,
    private readonly external: ExternalEngines,
  ) {}

  /** `variant`: a quality, a style, a method. */
  async choose(ctx: Ctx, operation: Operation, named: string | undefined, variant = ''): Promise<ChosenModel | Refused> {
    const circumstances = await this.circumstances(ctx);
    if (named !== undefined) return this.named(ctx, operation, named, circumstances);
    const able = firstOf(await this.entries.catalogue(), operation, variant, circumstances);
    return able ? chosen(able) : await this.whyNone(operation, variant, circumstances);
  }

  /** The reason of the model that would be the first choice. */
  private async whyNone(operation: Operation, variant: string, circumstances: Circumstances): Promise<Refused> {
    const [first] = chainOf(await this.entries.catalogue(), operation, variant);
    return (first && unreadiness(first, circumstances, operation)) ?? unknown(operation, []);
  }

  /** Which operations a model does where a request names none, by slug, as things stand for the caller. */
  async defaults(circumstances: Circumstances): Promise<ReadonlyMap<string, Operation[]>> {
    const [catalogue, found] = [await this.entries.catalogue(), new Map<string, Operation[]>()];
    for (const operation of OPERATIONS) {
      const able = firstOf(catalogue, operation, '', circumstances);
      if (able) found.set(able.slug, [...(found.get(able.slug) ?? []), operation]);
    }
    return found;
  }

  /** Whether another model does some of its work while it cannot: one of the same chain, for a request that names none. */
  async hasFallback(ctx: Ctx, { slug, operations }: ModelEntry): Promise<boolean> {
    const [catalogue, circumstances] = [(await this.entries.catalogue()).filter((entry) => entry.slug !== slug), await this.circumstances(ctx)];
    return operations.some((operation) =>
      Object.entries(CHAINS[kindOf(operation)] ?? {}).some(
        ([variant, chain]) => chain.includes(slug) && firstOf(catalogue, operation, variant, circumstances) !== undefined,
      ),
    );
  }

  /** Slug or id; of the catalogue, or the caller's own. Null: there is none, or it is not theirs to see. */
  async find(ctx: Ctx, named: string): Promise<ModelEntry | null> {
    const id = isTypeId('mdl', named) ? parseId('mdl', named) : null;
    const is = (entry: ModelEntry): boolean => entry.slug === named || entry.id === id;
    return (await this.entries.catalogue()).find(is) ?? (await this.entries.own(ctx)).find(is) ?? null;
  }

  /** A LoRA, or another companion of a checkpoint; it has to be of the same family. */
  async companion(ctx: Ctx, type: 'lora' | 'embedding', named: string, model: ChosenModel): Promise<Companion | Refused> {
    const entry = await this.find(ctx, named);
    if (!entry || entry.type !== type)
      return { code: 'unknown_model', message: `There is no such ${NOUNS[type]}.`, fix: `Leave it out, or see GET /models/search?type=${type}.` };
    return companionOf(entry, model);
  }

  /** Embeddings that a text calls by `embedding:word`, by the last part of their slugs. */
  async embeddings(ctx: Ctx, texts: readonly string[], model: ChosenModel): Promise<{ word: string; found: Companion | Refused }[]> {
    const words = [...new Set(texts.flatMap((text) => [...text.matchAll(/\bembedding:([\w.-]+)/g)].map((match) => match[1]!.replace(/\.+$/, ''))))];
    if (words.length === 0) return [];
    const own = (await this.entries.own(ctx)).filter((entry) => entry.type === 'embedding');
    return words.map((word) => {
      const entry = own.find(({ slug, name }) => slug.split('/').at(-1) === word || name === word);
      const found = entry
        ? companionOf(entry, model)
        : { code: 'unknown_model', message: `There is no embedding “${word}”.`, fix: 'Take it out of the text, or see GET /models/search?type=embedding.' };
      return { word, found };
    });
  }

  /** The ControlNet of a type that goes with a checkpoint; an IP-Adapter is the catalogue's, together with what sees pictures for it. */
  async control(ctx: Ctx, type: ControlType, model: ChosenModel): Promise<Companion | Refused> {
    if (model.engine !== 'comfyui')
      return { code: 'not_supported', message: `${model.slug} is not guided by pictures.`, fix: 'Leave it out, or choose another model.' };
    if (type === 'ip_adapter') return this.adapter(ctx, model);
    const nets = (await this.entries.own(ctx)).filter((entry) => entry.type === 'controlnet' && CONTROL_NAMES[type].test(`${entry.slug} ${entry.name}`));
    const ofFamily = nets.filter(({ base }) => base === model.family);
    const fitting = ofFamily.find((net) => !switchedOff(net)) ?? ofFamily[0];
    if (fitting) return switchedOff(fitting) ?? companion(fitting);
    return {
      code: 'unknown_model',
      message: `There is no ControlNet for ${type.replaceAll('_', ' ')} of the family of ${model.slug}.`,
      fix: 'Leave it out, or import one whose name says what it is for.',
    };
  }

  private async adapter(ctx: Ctx, model: ChosenModel): Promise<Companion | Refused> {
    const entry = (await this.entries.catalogue()).find(({ base, files }) => base === model.family && files.some(({ role }) => role === 'ip_adapter'));
    if (!entry)
      return { code: 'not_supported', message: `There is no IP-Adapter for the family of ${model.slug}.`, fix: 'Leave it out, or choose another model.' };
    const adapter = entry.weights.find(({ role }) => role === 'ip_adapter');
    return unreadiness(entry, await this.circumstances(ctx)) ?? { digest: adapter!.digest, weights: entry.weights, triggerWords: [] };
  }

  /** Why entries cannot be used, as the caller's plan and the installation are now. */
  async circumstances(ctx: Ctx): Promise<Circumstances> {
    const [allowedLicences, { limits }, outside] = [await this.licences.allowed(), await this.plans.of(ctx), await this.external.refusal(ctx)];
    return {
      allowedLicences,
      outside,
      isOffered: (entry, operation) => {
        const classes = entry.gpuClasses.filter((name) => limits.gpuClasses.includes(name));
        const wanted = operation ? [operation] : entry.operations;
        const { engine } = entry;
        // What is no model of an operation (a LoRA) goes where its checkpoint goes; what runs elsewhere needs no machine.
        if (engine === 'external' || wanted.length === 0) return true;
        return classes.length > 0 && wanted.some((one) => this.pools.offers(engine, kindOf(one), classes));
      },
    };
  }

  private async named(ctx: Ctx, operation: Operation, named: string, circumstances: Circumstances): Promise<ChosenModel | Refused> {
    const entry = await this.find(ctx, named);
    if (!entry || !entry.operations.includes(operation)) {
      const able = (await this.entries.catalogue()).filter(
        (known) => known.operations.includes(operation) && unreadiness(known, circumstances, operation) === null,
      );
      return unknown(
        operation,
        able.map(({ slug }) => slug),
      );
    }
    return unreadiness(entry, circumstances, operation) ?? chosen(entry);
  }
}

function chainOf(catalogue: readonly ModelEntry[], operation: Operation, variant: string): ModelEntry[] {
  const chains = CHAINS[kindOf(operation)] ?? {};
  return (chains[variant] ?? chains[''] ?? []).flatMap((slug) =>
    catalogue.filter((entry) => (slug === OUTSIDE ? entry.engine === 'external' && entry.operations.includes(operation) : entry.slug === slug)),
  );
}

/** The first of an operation's chain that can. */
const firstOf = (catalogue: readonly ModelEntry[], operation: Operation, variant: string, circumstances: Circumstances): ModelEntry | undefined =>
  chainOf(catalogue, operation, variant).find((entry) => unreadiness(entry, circumstances, operation) === null);

const NOUNS = { lora: 'LoRA', embedding: 'embedding' } as const;

const unknown = (operation: Operation, slugs: readonly string[]): Refused => ({
  code: 'unknown_model',
  message: `There is no such model for ${operation}.`,
  fix: `Leave it out${slugs.length > 0 ? `, or name one of ${slugs.join(', ')}` : ''}.`,
});

function companionOf(entry: ModelEntry, model: ChosenModel): Companion | Refused {
  if (model.engine !== 'comfyui')
    return {
      code: 'not_supported',
      message: `${model.slug} takes no ${entry.type === 'lora' ? 'LoRA' : 'embedding'}.`,
      fix: 'Leave it out, or choose another model.',
    };
  if (entry.base !== model.family)
    return {
      code: 'other_family',
      message: `${entry.name} belongs to ${entry.base}, ${model.slug} is of ${model.family}.`,
      fix: 'Choose a model of the same family.',
    };
  return switchedOff(entry) ?? companion(entry);
}

/** Of a tenant, and of one file. */
const companion = ({ weights, triggerWords }: ModelEntry): Companion => ({ digest: weights[0]!.digest, weights, triggerWords });

function chosen(entry: ModelEntry): ChosenModel {
  const { slug, engine, weights, vramMb, gpuClasses, priceFactor, simulated } = entry;
  return { slug, base: entry.ownerId === null ? entry.base : OWN_LANE, family: entry.base, engine, weights, vramMb, gpuClasses, priceFactor, simulated };
}
