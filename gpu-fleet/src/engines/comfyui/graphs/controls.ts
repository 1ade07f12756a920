/** What guides a picture: ControlNets change the conditioning, IP-Adapters the model. */
import type { DiffusionFamily, DiffusionTask } from '@atelier/contracts';
import { listedName, MissingWeights, needFile, needWeights, weightsOf, type GraphBuilder, type GraphSource, type Link } from './graph.js';
import { CONTROLNET_AUX, IP_ADAPTER, PREPROCESSORS } from './packs.js';

export interface Guided {
  model: Link;
  positive: Link;
  negative: Link;
}
type Control = NonNullable<DiffusionTask['controlNets']>[number];

export function guide(graph: GraphBuilder, source: GraphSource, task: DiffusionTask, vae: Link, start: Guided): Guided {
  return (task.controlNets ?? []).reduce((on, control, i) => {
    const field = `controlNets[${i}]`;
    const image: Link = [graph.add('LoadImage', { image: needFile(source, control.input) }, { image: `${field}.image` }), 0];
    return control.type === 'ip_adapter'
      ? { ...on, model: adapt(graph, source, control, field, image, on.model) }
      : { ...on, ...controlled(graph, source, task, { control, field, image, vae }, on) };
  }, start);
}

interface Part {
  control: Control;
  field: string;
  image: Link;
  vae: Link;
}

function controlled(
  graph: GraphBuilder,
  source: GraphSource,
  task: DiffusionTask,
  { control, field, image, vae }: Part,
  on: Guided,
): Pick<Guided, 'positive' | 'negative'> {
  const net = graph.add('ControlNetLoader', { control_net_name: listedName(netOf(source, control, field)) }, { control_net_name: `${field}.type` });
  const needsVae = (['sd3', 'flux'] as DiffusionFamily[]).includes(task.family as DiffusionFamily);
  const id = graph.add(
    'ControlNetApplyAdvanced',
    {
      positive: on.positive,
      negative: on.negative,
      control_net: [net, 0],
      image: control.preprocess ? preprocessed(graph, task, control.type, field, image) : image,
      strength: control.strength,
      start_percent: control.start,
      end_percent: control.end,
      ...(needsVae ? { vae } : {}),
    },
    { strength: `${field}.strength`, start_percent: `${field}.start`, end_percent: `${field}.end` },
  );
  return { positive: [id, 0], negative: [id, 1] };
}

function netOf(source: GraphSource, { digest, type }: Control, field: string) {
  const net = weightsOf(source, 'controlnet').find((w) => w.digest === digest);
  if (!net) throw new MissingWeights(`The task brings no ControlNet for ${field} (${type}): add one of this family to the catalogue.`);
  return net;
}

function preprocessed(graph: GraphBuilder, { width, height }: DiffusionTask, type: Control['type'], field: string, image: Link): Link {
  if (type === 'canny') return [graph.add('Canny', { image, low_threshold: 0.4, high_threshold: 0.8 }), 0];
  const node = PREPROCESSORS[type as keyof typeof PREPROCESSORS];
  const resolution = Math.max(64, Math.round(Math.min(width, height) / 64) * 64);
  return [graph.addOf(CONTROLNET_AUX, `${field}.type`, node, { image, resolution }), 0];
}

/** Style and content of a picture, by a model of its own that reads what a CLIP vision encoder sees. */
function adapt(graph: GraphBuilder, source: GraphSource, { digest, strength, start, end }: Control, field: string, image: Link, model: Link): Link {
  const file = weightsOf(source, 'ip_adapter').find((w) => w.digest === digest) ?? needWeights(source, 'ip_adapter', field);
  const vision = needWeights(source, 'clip_vision', `${field} (ip_adapter)`);
  const loader = graph.addOf(IP_ADAPTER, `${field}.type`, 'IPAdapterModelLoader', { ipadapter_file: listedName(file) });
  const eye = graph.add('CLIPVisionLoader', { clip_name: listedName(vision) });
  const inputs = {
    model,
    ipadapter: [loader, 0] as Link,
    image,
    weight: strength,
    weight_type: 'linear',
    combine_embeds: 'concat',
    start_at: start,
    end_at: end,
    embeds_scaling: 'V only',
    clip_vision: [eye, 0] as Link,
  };
  const fields = { weight: `${field}.strength`, start_at: `${field}.start`, end_at: `${field}.end` };
  return [graph.addOf(IP_ADAPTER, `${field}.type`, 'IPAdapterAdvanced', inputs, fields), 0];
}
