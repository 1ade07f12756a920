import { describe, expect, it } from 'vitest';
import { detect } from './detect.js';

const facts = (tensors: Record<string, number[]>, metadata: Record<string, string> = {}) => ({
  tensors: new Map(Object.entries(tensors).map(([name, shape]) => [name, { dtype: 'F16', shape } as never])),
  metadata: new Map(Object.entries(metadata)),
});

describe('weights are recognised by their tensors', () => {
  it.each([
    ['SD 1.5', { 'model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight': [320, 768] }, 'checkpoint', 'sd15'],
    ['SDXL', { 'model.diffusion_model.label_emb.0.0.weight': [1280, 2816], 'conditioner.embedders.1.model.ln_final.weight': [1280] }, 'checkpoint', 'sdxl'],
    ['SD 3', { 'model.diffusion_model.joint_blocks.0.context_block.attn.qkv.weight': [4608, 1536] }, 'checkpoint', 'sd3'],
    ['Flux', { 'double_blocks.0.img_attn.qkv.weight': [9216, 3072] }, 'checkpoint', 'flux'],
    ['SVD', { 'model.diffusion_model.input_blocks.1.1.time_stack.0.attn1.to_k.weight': [320, 320] }, 'checkpoint', 'svd'],
    [
      'Wan',
      { 'blocks.0.self_attn.norm_k.weight': [1536], 'time_projection.1.weight': [9216, 1536], 'blocks.0.cross_attn.k.weight': [1, 1] },
      'checkpoint',
      'wan',
    ],
    [
      'LTX',
      { 'model.diffusion_model.patchify_proj.weight': [2048, 128], 'model.diffusion_model.transformer_blocks.0.attn1.to_k.weight': [2048, 2048] },
      'checkpoint',
      'ltx',
    ],
    ['a LoRA of SD 1.5 (kohya)', { 'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight': [8, 768] }, 'lora', 'sd15'],
    ['a LoRA of SDXL (diffusers)', { 'unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight': [8, 2048] }, 'lora', 'sdxl'],
    ['an embedding of SD 1.5', { emb_params: [4, 768] }, 'embedding', 'sd15'],
    ['an embedding of SDXL', { clip_l: [2, 768], clip_g: [2, 1280] }, 'embedding', 'sdxl'],
    ['a ControlNet of SD 1.5', { 'control_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight': [320, 768] }, 'controlnet', 'sd15'],
    ['an upscaler', { 'conv_first.weight': [64, 3, 3, 3], 'body.0.rdb1.conv1.weight': [32, 64, 3, 3] }, 'upscaler', null],
    ['a VAE', { 'decoder.conv_in.weight': [512, 4, 3, 3] }, 'vae', null],
    ['nothing known', { weight: [1] }, null, null],
  ] as [string, Record<string, number[]>, string | null, string | null][])('%s', (_what, tensors, type, base) => {
    expect(detect(facts(tensors))).toMatchObject({ type, base });
  });
});

it('trigger words are those of the publisher, then the tags of the training by how often', () => {
  const metadata = { 'modelspec.trigger_phrase': 'zyx style', ss_tag_frequency: JSON.stringify({ a: { cat: 3, 'zyx style': 9 }, b: { dog: 5, cat: 4 } }) };
  expect(detect(facts({ 'x.lora_up.weight': [1, 1] }, metadata)).triggerWords).toEqual(['zyx style', 'cat', 'dog']);
  expect(detect(facts({ x: [1] }, { ss_tag_frequency: 'no json' })).triggerWords).toEqual([]);
});

it('of a checkpoint shapes count before what somebody noted: its price goes by its family', () => {
  const flux = { 'double_blocks.0.img_attn.qkv.weight': [9216, 3072] };
  expect(detect(facts(flux, { ss_base_model_version: 'sd_v1' })).base).toBe('flux');
  expect(detect(facts({ 'model.diffusion_model.x': [1] }, { ss_base_model_version: 'sd_v1' })).base).toBe('sd15');
});

it('of what is added to a model, what the trainer noted counts before shapes', () => {
  expect(detect(facts({ 'x.lora_up.weight': [1, 1] }, { ss_base_model_version: 'sdxl_base_v1-0' })).base).toBe('sdxl');
});
