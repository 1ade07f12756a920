/** Why a file of weights may not be used: a stable code, and cause and cure in words for the person who sent it. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    readonly reason: string,
    readonly cure: string = 'Get the file again from its publisher, as safetensors or ONNX.',
  ) {
    super(reason);
    this.name = 'Refusal';
  }
}
