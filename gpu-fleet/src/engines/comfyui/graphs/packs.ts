/** Node packs beyond core ComfyUI that an operation may need. */
import type { ControlType } from '@atelier/contracts';
import type { Pack } from './graph.js';

export const ANIMATEDIFF: Pack = { name: 'ComfyUI-AnimateDiff-Evolved', url: 'https://github.com/Kosinkadink/ComfyUI-AnimateDiff-Evolved' };
export const IP_ADAPTER: Pack = { name: 'ComfyUI_IPAdapter_plus', url: 'https://github.com/cubiq/ComfyUI_IPAdapter_plus' };
export const CONTROLNET_AUX: Pack = { name: 'comfyui_controlnet_aux', url: 'https://github.com/Fannovel16/comfyui_controlnet_aux' };

/** Makes a control picture from a plain one. Canny is core; the others are nodes of comfyui_controlnet_aux. */
export const PREPROCESSORS: Readonly<Record<Exclude<ControlType, 'ip_adapter' | 'canny'>, string>> = {
  pose: 'DWPreprocessor',
  depth: 'MiDaS-DepthMapPreprocessor',
  soft_edge: 'HEDPreprocessor',
  line_art: 'LineArtPreprocessor',
  scribble: 'ScribblePreprocessor',
  segmentation: 'OneFormer-ADE20K-SemSegPreprocessor',
};

/** For the doctor: every class beyond core, with what needs it. */
export const OPTIONAL_NODES: readonly { node: string; pack: Pack; for: string }[] = [
  { node: 'ADE_AnimateDiffLoaderGen1', pack: ANIMATEDIFF, for: 'AnimateDiff clips' },
  { node: 'ADE_StandardStaticContextOptions', pack: ANIMATEDIFF, for: 'AnimateDiff clips of more than 16 frames' },
  { node: 'IPAdapterModelLoader', pack: IP_ADAPTER, for: 'IP-Adapter' },
  { node: 'IPAdapterAdvanced', pack: IP_ADAPTER, for: 'IP-Adapter' },
  ...Object.entries(PREPROCESSORS).map(([type, node]) => ({ node, pack: CONTROLNET_AUX, for: `control ${type} from a plain picture` })),
];
