import { describe, expect, it } from 'vitest';
import { docsPage } from './docs-page.js';

describe('the page of the API', () => {
  const page = docsPage({
    info: { title: 'Atelier', version: '1', description: 'Pictures & films' },
    paths: {
      '/api/v1/jobs': {
        post: {
          tags: ['jobs'],
          summary: 'Submit `one` <b>job</b>',
          requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/JobBody' } } } },
          responses: { '202': { description: 'The job.' } },
        },
      },
    },
    components: {
      schemas: { JobBody: { required: ['prompt'], properties: { prompt: { type: 'string', maxLength: 9, description: '<script>alert(1)</script>' } } } },
    },
  });
  it('shows each path with the fields of its body and their bounds', () => {
    for (const text of ['POST', '/api/v1/jobs', 'prompt', 'required', 'at most 9 characters', '202']) expect(page).toContain(text);
  });
  it('text from the description is text, never markup', () => {
    expect(page).not.toContain('<script');
    expect(page).not.toContain('<b>');
    expect(page).toContain('<code>one</code>');
  });
  it('every kind of problem has the anchor its type points to', () => expect(page).toContain('id="problem-payment-required"'));
});
