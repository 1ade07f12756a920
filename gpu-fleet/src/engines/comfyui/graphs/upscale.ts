/** Upscaling by a model. ComfyUI cuts the picture into tiles of 512 by itself, and into smaller ones when memory runs short. */
import type { TaskParameters } from '@atelier/contracts';
import { GraphBuilder, listedName, needFile, needWeights, type Graph, type GraphSource, type Link } from './graph.js';

/** @param size of the result; a model of another factor than asked is followed by a resize. */
export function upscaleGraph(_parameters: TaskParameters['upscale'], source: GraphSource, size: { width: number; height: number }): Graph {
  const graph = new GraphBuilder();
  const file = needWeights(source, 'upscaler', 'upscaling by a model');
  const model: Link = [graph.add('UpscaleModelLoader', { model_name: listedName(file) }, { model_name: 'style' }), 0];
  const image: Link = [graph.add('LoadImage', { image: needFile(source, 'image') }, { image: 'image' }), 0];
  const large = graph.add('ImageUpscaleWithModel', { upscale_model: model, image });
  const fitted = graph.add('ImageScale', { image: [large, 0], upscale_method: 'lanczos', ...size, crop: 'disabled' }, { width: 'factor', height: 'factor' });
  return graph.build(graph.add('SaveImage', { images: [fitted, 0], filename_prefix: 'atelier/picture' }), large, 1);
}
