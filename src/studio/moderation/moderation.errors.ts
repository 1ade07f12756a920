import { DomainError } from '../../platform/errors/index.js';
import type { RuleBreach } from './prompt-rules.js';

/** Says which rule, never repeats the prompt. */
export const contentRefused = (pointer: string, breach: RuleBreach): DomainError => {
  const message = `It breaks the rule “${breach.rule}” of your organisation (the word “${breach.word}”).`;
  const fix = 'Word it differently, or ask an administrator to change the rule.';
  return new DomainError({
    kind: 'invalid',
    code: 'content_refused',
    detail: `The prompt was refused. ${message} ${fix} Nothing was charged.`,
    errors: [{ pointer, code: 'content_refused', message, fix }],
    extra: { rule: breach.rule },
  });
};
