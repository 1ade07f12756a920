// A process that speaks ComfyUI's protocol and does no work: what `engine.mjs` measures stands on both sides of it. Ends with its standard input.
import { ComfyStandIn } from '../gpu-fleet/dist/engines/comfyui/comfy-stand-in.js';

const server = await ComfyStandIn.start();
server.behaviour = { stepMs: 0 };
console.log(JSON.stringify({ url: server.url, folder: server.folder }));
process.stdin.resume().on('end', () => void server.close().then(() => process.exit(0)));
