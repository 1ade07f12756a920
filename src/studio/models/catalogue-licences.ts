/** Licences of the models of the catalogue, and what they say about commercial use. */
import type { Licence } from '@atelier/contracts';

const free = (tag: string, url: string): Licence => ({ tag, name: tag, url, commercialUse: 'allowed' });
export const LICENCES = {
  apache: free('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0'),
  mit: free('MIT', 'https://opensource.org/license/mit'),
  bsd: free('BSD-3-Clause', 'https://opensource.org/license/bsd-3-clause'),
  openrail: { ...free('CreativeML-OpenRAIL-M', 'https://huggingface.co/spaces/CompVis/stable-diffusion-license'), name: 'CreativeML Open RAIL-M' },
  openrailpp: {
    ...free('OpenRAIL++-M', 'https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0/blob/main/LICENSE.md'),
    name: 'CreativeML Open RAIL++-M',
  },
  stability: {
    tag: 'Stability-Community',
    name: 'Stability AI Community Licence',
    url: 'https://stability.ai/community-license-agreement',
    commercialUse: 'review',
  },
  flux: {
    tag: 'FLUX-NonCommercial',
    name: 'FLUX.1 [dev] Non-Commercial Licence',
    url: 'https://huggingface.co/black-forest-labs/FLUX.1-dev/blob/main/LICENSE.md',
    commercialUse: 'forbidden',
  },
  ltx2: {
    tag: 'LTX-2-Community',
    name: 'LTX-2 Community Licence (free below ten million dollars of yearly revenue)',
    url: 'https://github.com/Lightricks/LTX-2/blob/main/LICENSE',
    commercialUse: 'review',
  },
  ltx: { tag: 'LTX-Community', name: 'LTX Community Licence', url: 'https://github.com/Lightricks/LTX-Video/blob/main/LICENSE', commercialUse: 'review' },
  slab: {
    tag: 'S-Lab-1.0',
    name: 'S-Lab Licence 1.0 (non-commercial)',
    url: 'https://github.com/sczhou/CodeFormer/blob/master/LICENSE',
    commercialUse: 'forbidden',
  },
  gfpgan: {
    tag: 'GFPGAN',
    name: 'Apache-2.0 with non-commercial parts (StyleGAN2, DFDNet)',
    url: 'https://github.com/TencentARC/GFPGAN/blob/master/LICENSE',
    commercialUse: 'review',
  },
} as const satisfies Record<string, Licence>;
