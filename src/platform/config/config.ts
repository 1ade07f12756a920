import type { Provider } from '@nestjs/common';

/** A setting that cannot be used. The message names the variable, what is wrong and the cure; the program prints it and exits 78. */
export class ConfigFault extends Error {}

const fault = (name: string, value: string | undefined, wants: string): never => {
  throw new ConfigFault(`${name}${value === undefined ? ' is missing' : `=${JSON.stringify(value)} cannot be used`}: ${wants}`);
};

/** Typed readers over the environment. Every wrong value stops the start with one sentence. */
export class EnvReader {
  constructor(private readonly env: Readonly<Record<string, string | undefined>>) {}

  private raw(name: string): string | undefined {
    const value = this.env[name]?.trim();
    return value === '' ? undefined : value;
  }
  optionalString(name: string): string | undefined {
    return this.raw(name);
  }
  string(name: string, fallback?: string): string {
    return this.raw(name) ?? fallback ?? fault(name, undefined, `set it to a text.`);
  }
  int(name: string, fallback: number, bounds: { min?: number; max?: number } = {}): number {
    const value = this.raw(name);
    if (value === undefined) return fallback;
    const n = Number(value);
    const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = bounds;
    if (!Number.isInteger(n) || n < min || n > max) return fault(name, value, `set it to a whole number from ${min} to ${max}.`);
    return n;
  }
  bool(name: string, fallback: boolean): boolean {
    const value = this.raw(name)?.toLowerCase();
    if (value === undefined) return fallback;
    if (['1', 'true', 'yes', 'on'].includes(value)) return true;
    if (['0', 'false', 'no', 'off'].includes(value)) return false;
    return fault(name, value, 'set it to true or false.');
  }
  oneOf<const T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const value = this.raw(name);
    if (value === undefined) return fallback;
    return (choices as readonly string[]).includes(value) ? (value as T) : fault(name, value, `set it to one of ${choices.join(', ')}.`);
  }
  /** A URL with one of the schemes (`https`, `postgres`), or undefined when unset. Secrets in it are never echoed. */
  url(name: string, schemes: readonly string[]): string | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    const ok = URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1));
    if (!ok) throw new ConfigFault(`${name} cannot be used: set it to an address that starts with ${schemes.map((s) => `${s}://`).join(' or ')}.`);
    return value;
  }
}

export interface ConfigSlice<T> {
  readonly token: symbol;
  readonly name: string;
  read(env: EnvReader): T;
}
export type ConfigOf<S> = S extends ConfigSlice<infer T> ? T : never;

/** Each room declares its slice once, in `settings.ts`. */
export function defineConfig<T>(name: string, read: (env: EnvReader) => T): ConfigSlice<T> {
  return { token: Symbol(`config:${name}`), name, read };
}

/** The one place where the environment is read. */
export const environment = (): EnvReader => new EnvReader(process.env);

export function provideConfig<T>(slice: ConfigSlice<T>): Provider {
  return { provide: slice.token, useFactory: () => slice.read(environment()) };
}
