import { describe, expect, it } from 'vitest';
import { EngineFault, EngineInputError } from '../engine.js';
import type { NodeErrors } from './client.js';
import { faultOfHistory, faultOfRefusal } from './faults.js';
import { GraphBuilder } from './graphs/graph.js';

const graph = (() => {
  const builder = new GraphBuilder();
  const sampler = builder.add('KSampler', { cfg: 5, steps: 20 }, { cfg: 'cfgScale', steps: 'steps' });
  const pack = { name: 'a pack', url: 'https://packs.example/a' };
  builder.addOf(pack, 'controlNets[0].type', 'DWPreprocessor', {});
  return builder.build(builder.add('SaveImage', { filename_prefix: 'x' }), sampler, 20);
})();
const errors = (type: string, input_name: string, received_value: unknown): NodeErrors => ({
  '1': { class_type: 'KSampler', errors: [{ type, message: '', details: '', extra_info: { input_name, received_value } }] },
});
const refused = { type: 'prompt_outputs_failed_validation', message: 'Prompt outputs failed validation' };

describe('a refusal', () => {
  it.each([
    ['value_bigger_than_max', 'cfg', 101, /^cfgScale is 101, which is more/],
    ['value_smaller_than_min', 'steps', 0, /^steps is 0, which is less/],
    ['value_not_in_list', 'steps', 'x', /^steps is "x", which this box does not know/],
    ['invalid_input_type', 'cfg', 'x', /^cfgScale cannot be used here \(invalid input type, got "x"\)/],
  ])('%s is a sentence about the public field, whether it comes with 400 or with 200', (type, input, value, sentence) => {
    for (const error of [refused, null]) {
      const fault = faultOfRefusal({ error, nodeErrors: errors(type, input, value) }, graph);
      expect(fault).toBeInstanceOf(EngineInputError);
      expect(fault.message).toMatch(sentence);
    }
  });

  it('an input that no field stands behind is the engine’s fault, and names the node', () => {
    const fault = faultOfRefusal({ error: refused, nodeErrors: errors('required_input_missing', 'model', undefined) }, graph);
    expect(fault).toBeInstanceOf(EngineFault);
    expect(fault.message).toContain('KSampler.model');
  });

  it('a missing node names its pack and address', () => {
    const error = { type: 'missing_node_type', message: 'not found', extra_info: { class_type: 'DWPreprocessor' } };
    expect(faultOfRefusal({ error, nodeErrors: {} }, graph)).toMatchObject({
      code: 'missing_node',
      message: expect.stringContaining('https://packs.example/a'),
    });
  });
});

const entry = (event: string, data: object) => ({
  outputs: {},
  status: { status_str: 'error', completed: false, messages: [[event, data]] as [string, never][] },
});

it('failed and interrupted are told apart by the last message, though both read as error', () => {
  expect(faultOfHistory(entry('execution_interrupted', {}))).toMatchObject({ code: 'interrupted' });
  expect(faultOfHistory(entry('execution_error', { node_type: 'VAEDecode', exception_message: 'shapes' }))).toMatchObject({ code: 'engine_error' });
});

it.each([
  ['torch.OutOfMemoryError', 'CUDA out of memory. Tried to allocate 2.00 GiB'],
  ['torch.cuda.OutOfMemoryError', 'Allocation on device'],
  ['RuntimeError', "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 8589934592 bytes."],
  ['RuntimeError', '[enforce fail at alloc_cpu.cpp:116] . DefaultCPUAllocator: not enough memory: you tried to allocate 8589934592 bytes.'],
  ['MemoryError', ''],
  ['numpy._core._exceptions._ArrayMemoryError', 'Unable to allocate 3.00 GiB for an array with shape (1024, 1024, 768)'],
  ['RuntimeError', 'MPS backend out of memory'],
])('on a card as on a processor, no memory is known by its words: %s %s', (exception_type, exception_message) => {
  expect(faultOfHistory(entry('execution_error', { exception_type, exception_message }))).toMatchObject({ code: 'out_of_memory' });
});
