import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { curlOf } from './curl.js';

describe('copy as curl', () => {
  it('a shell passes the parameters on unchanged, quotes and backslashes included', () => {
    const parameters = { prompt: `a "dog's" life \\ $HOME \`id\` 100 %\nend`, seed: 7 };
    const command = curlOf('http://localhost:3000', 'txt2img', parameters).replace(/^curl /, 'printf "%s\\n" ');
    const output = execFileSync('bash', ['-c', command], { env: { ...process.env, ATELIER_API_KEY: 'k' } }).toString();
    const body = output.slice(output.indexOf('{'));
    expect(JSON.parse(body)).toEqual({ operation: 'txt2img', parameters });
    expect(output).toContain('Authorization: Bearer k');
  });
});
