/** What weights are for and which family they belong to, told from the names and shapes of their tensors and from what trainers note. Pure. */
import type { DiffusionFamily, ModelType } from '@atelier/contracts';
import type { SafetensorsFacts } from '../checks/safetensors.js';

export interface Detected {
  type: ModelType | null;
  base: DiffusionFamily | null;
  triggerWords: string[];
}

const WORDS_MAX = 20;

export function detect({ tensors, metadata }: SafetensorsFacts): Detected {
  const names = [...tensors.keys()];
  const has = (pattern: RegExp): boolean => names.some((name) => pattern.test(name));
  const widthOf = (pattern: RegExp, axis: number): number | null => {
    const name = names.find((one) => pattern.test(one));
    return name === undefined ? null : (tensors.get(name)!.shape[axis] ?? null);
  };
  const type = typeOf(names.length, has);
  const shaped = type === 'lora' ? familyOfLora(has, widthOf) : type === 'embedding' ? familyOfEmbedding(tensors) : familyOf(has, widthOf);
  // Anybody can write a note into a header; a checkpoint of other shapes than its family's does not run.
  const base = type === 'checkpoint' ? (shaped ?? noted(metadata)) : (noted(metadata) ?? shaped);
  return { type, base, triggerWords: triggersOf(metadata) };
}

type Has = (pattern: RegExp) => boolean;
type WidthOf = (pattern: RegExp, axis: number) => number | null;

function typeOf(count: number, has: Has): ModelType | null {
  if (has(/lora_(up|down|A|B)\b|\.lora\.(up|down)\.|hada_w1|lokr_w1/)) return 'lora';
  if (has(/^(control_model\.|controlnet_|input_hint_block\.)/) || (has(/^zero_convs?\./) && has(/^input_blocks\./))) return 'controlnet';
  if (has(/controlnet_(cond_embedding|down_blocks)/)) return 'controlnet';
  if (has(/^(model\.diffusion_model\.|diffusion_model\.|double_blocks\.|joint_blocks\.|transformer_blocks\.|blocks\.\d+\.self_attn\.)/)) return 'checkpoint';
  if (count <= 4 && has(/^(emb_params|clip_[lg]|string_to_param|.*embedding.*|\*)$/)) return 'embedding';
  if (has(/^(body\.\d+\.rdb1\.|RRDB_trunk\.|model\.1\.sub\.\d+\.RDB1\.|conv_first\.weight)/)) return 'upscaler';
  if (has(/^(first_stage_model\.)?decoder\.(conv_in|up\.\d|middle)/) && !has(/diffusion_model/)) return 'vae';
  return null;
}

function familyOf(has: Has, widthOf: WidthOf): DiffusionFamily | null {
  if (has(/double_blocks\.\d+\.img_attn/)) return 'flux';
  if (has(/joint_blocks\.\d+\.context_block/)) return 'sd3';
  if (has(/motion_modules\.\d+\.temporal_transformer/)) return 'animatediff';
  if (has(/(patchify_proj|adaln_single\.emb)/) && has(/transformer_blocks\.\d+/)) return 'ltx';
  if (has(/blocks\.\d+\.(self_attn|cross_attn)\.norm_k/) && has(/(patch_embedding|time_projection)/)) return 'wan';
  if (has(/time_stack\.|time_mixer/)) return 'svd';
  if (has(/conditioner\.embedders\.1\.|add_embedding\.linear_1|label_emb\.0\.0\.weight/)) return 'sdxl';
  const context = widthOf(/attn2\.to_k\.weight$/, 1);
  return context === 768 ? 'sd15' : context === 2048 ? 'sdxl' : null;
}

function familyOfLora(has: Has, widthOf: WidthOf): DiffusionFamily | null {
  if (has(/double_blocks|single_transformer_blocks/)) return 'flux';
  if (has(/joint_blocks|joint_transformer/)) return 'sd3';
  if (has(/lora_te2_|text_encoder_2\./)) return 'sdxl';
  if (has(/blocks[._]\d+[._](self_attn|cross_attn)/)) return 'wan';
  // What reads the text is as wide as the text is encoded: 768 in SD 1.5, 2048 in SDXL.
  const context = widthOf(/attn2[._]to_[kv]\.(lora_down|lora_A|lora\.down)/, 1);
  return context === 768 ? 'sd15' : context === 2048 ? 'sdxl' : null;
}

function familyOfEmbedding(tensors: SafetensorsFacts['tensors']): DiffusionFamily | null {
  if (tensors.has('clip_g')) return 'sdxl';
  const widths = [...tensors.values()].map(({ shape }) => shape.at(-1));
  return widths.includes(1280) ? 'sdxl' : widths.includes(768) ? 'sd15' : null;
}

/** What the trainer wrote down, where it is one of ours. */
function noted(metadata: SafetensorsFacts['metadata']): DiffusionFamily | null {
  const said = `${metadata.get('modelspec.architecture') ?? ''} ${metadata.get('ss_base_model_version') ?? ''}`.toLowerCase();
  if (/flux/.test(said)) return 'flux';
  if (/stable-diffusion-3|sd3/.test(said)) return 'sd3';
  if (/xl|sdxl/.test(said)) return 'sdxl';
  if (/stable-diffusion-v1|sd_v1|sd_1\.5/.test(said)) return 'sd15';
  if (/\bltx/.test(said)) return 'ltx';
  if (/\bwan/.test(said)) return 'wan';
  return null;
}

/** The words most of the training pictures were tagged with, and what the publisher says. */
function triggersOf(metadata: SafetensorsFacts['metadata']): string[] {
  const said = (metadata.get('modelspec.trigger_phrase') ?? '').split(',').map((word) => word.trim());
  const counts = new Map<string, number>();
  try {
    const sets = JSON.parse(metadata.get('ss_tag_frequency') ?? '{}') as Record<string, Record<string, number>>;
    for (const tags of Object.values(sets))
      for (const [tag, count] of Object.entries(tags)) if (typeof count === 'number') counts.set(tag.trim(), (counts.get(tag.trim()) ?? 0) + count);
  } catch {
    // A note that is no JSON says nothing.
  }
  const frequent = [...counts].sort((a, b) => b[1] - a[1]).map(([tag]) => tag);
  return [...new Set([...said, ...frequent])].filter((word) => word.length > 0 && word.length <= 100).slice(0, WORDS_MAX);
}
