import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import type { StripeRoute } from './stripe-requests.js';

const ROOT = join(import.meta.dirname, '../..');
const SOURCE = join(import.meta.dirname, 'stripe-requests.ts');

/** A type of the SDK, as far as a form-encoded body can break it. */
type Shape =
  | { kind: 'string' | 'number' | 'boolean' }
  | { kind: 'oneOf'; values: string[] }
  | { kind: 'array' | 'map'; of: Shape }
  | { kind: 'object'; name: string }
  | { kind: 'any'; of: Shape[] };
type Members = Record<string, { shape: Shape; required: boolean }>;
interface Shapes {
  routes: Record<string, Shape>;
  objects: Record<string, Members>;
}

/** Reads the shapes out of the SDK's declarations by the compiler's own understanding of them. Takes seconds, so the result is kept beside the SDK. */
class ShapeReader {
  private readonly program = ts.createProgram([SOURCE], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    noEmit: true,
    types: ['node'],
  });
  private readonly checker = this.program.getTypeChecker();
  private readonly names = new Map<ts.Type, string>();
  private readonly objects: Record<string, Members> = {};

  read(): Shapes {
    const source = this.program.getSourceFile(SOURCE)!;
    const declared = source.statements.find((node): node is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(node) && node.name.text === 'StripeRequests')!;
    const routes: Record<string, Shape> = {};
    for (const property of this.checker.getTypeAtLocation(declared.name).getProperties())
      routes[property.name] = this.shapeOf(this.checker.getTypeOfSymbolAtLocation(property, declared));
    if (Object.values(this.objects).every((members) => Object.keys(members).length === 0)) throw new Error('the types of the SDK were not found');
    return { routes, objects: this.objects };
  }

  private shapeOf(type: ts.Type): Shape {
    if (type.isUnion()) return this.unionOf(type);
    if (type.isStringLiteral()) return { kind: 'oneOf', values: [type.value] };
    if (type.flags & ts.TypeFlags.StringLike) return { kind: 'string' };
    if (type.flags & ts.TypeFlags.NumberLike) return { kind: 'number' };
    if (type.flags & ts.TypeFlags.BooleanLike) return { kind: 'boolean' };
    if (this.checker.isArrayType(type)) return { kind: 'array', of: this.shapeOf(this.checker.getTypeArguments(type as ts.TypeReference)[0]!) };
    const index = type.getStringIndexType();
    if (index) return { kind: 'map', of: this.shapeOf(index) };
    return { kind: 'object', name: this.nameOf(type) };
  }

  private unionOf(type: ts.UnionType): Shape {
    const parts = type.types.filter((part) => !(part.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)));
    const values = parts.filter((part) => part.isStringLiteral()).map((part) => (part as ts.StringLiteralType).value);
    // "Or any other string" is for answers that are newer than the SDK, not for what we send.
    const others = parts.filter((part) => !part.isStringLiteral() && !(values.length > 0 && isOpenString(part)));
    const shapes: Shape[] = [...new Map(others.map((part) => [JSON.stringify(this.shapeOf(part)), this.shapeOf(part)])).values()];
    if (values.length > 0) shapes.push({ kind: 'oneOf', values });
    return shapes.length === 1 ? shapes[0]! : { kind: 'any', of: shapes };
  }

  private nameOf(type: ts.Type): string {
    const known = this.names.get(type);
    if (known) return known;
    const name = `${type.symbol?.name ?? 'object'}#${this.names.size}`;
    this.names.set(type, name);
    const members: Members = (this.objects[name] = {});
    for (const property of type.getProperties()) {
      const shape = this.shapeOf(this.checker.getTypeOfSymbol(property));
      members[property.name] = { shape, required: !(property.flags & ts.SymbolFlags.Optional) };
    }
    return name;
  }
}

const isOpenString = (type: ts.Type): boolean =>
  !!(type.flags & ts.TypeFlags.String) || (type.isIntersection() && type.types.some((part) => part.flags & ts.TypeFlags.String));

function load(): Shapes {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules/stripe/package.json'), 'utf8')) as { version: string };
  const stamp = Buffer.from(readFileSync(SOURCE, 'utf8')).length;
  const file = join(ROOT, `node_modules/.cache/atelier/stripe-shapes-${version}-${stamp}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Shapes;
  const shapes = new ShapeReader().read();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(shapes));
  return shapes;
}

let shapes: Shapes | undefined;

export interface ShapeFault {
  param: string;
  message: string;
}

/** What is wrong with a body by the SDK's types; null when nothing is. */
export function faultOf(route: StripeRoute, body: unknown): ShapeFault | null {
  shapes ??= load();
  return check(shapes.routes[route]!, body, '');
}

const at = (path: string, name: string): string => (path ? `${path}[${name}]` : name);

function check(shape: Shape, value: unknown, path: string): ShapeFault | null {
  const wrong = (wants: string): ShapeFault => ({ param: path, message: `Invalid ${path}: must be ${wants}, not ${JSON.stringify(value)}` });
  switch (shape.kind) {
    case 'string':
      return typeof value === 'string' ? null : wrong('a string');
    case 'number':
      return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? null : wrong('a number');
    case 'boolean':
      return value === 'true' || value === 'false' ? null : wrong('true or false');
    case 'oneOf':
      return shape.values.includes(value as string) ? null : wrong(`one of ${shape.values.join(', ')}`);
    case 'any':
      return shape.of.some((one) => check(one, value, path) === null)
        ? null
        : (shape.of.map((one) => check(one, value, path)).at(-1) ?? wrong('something else'));
    case 'array':
      if (!Array.isArray(value)) return wrong('an array');
      return first(value.map((one, index) => check(shape.of, one, at(path, String(index)))));
    case 'map':
      if (typeof value !== 'object' || value === null) return wrong('an object');
      return first(Object.entries(value).map(([name, one]) => check(shape.of, one, at(path, name))));
    case 'object':
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong('an object');
      return checkMembers(shapes!.objects[shape.name]!, value as Record<string, unknown>, path);
  }
}

function checkMembers(members: Members, value: Record<string, unknown>, path: string): ShapeFault | null {
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(members, name));
  if (unknown) return { param: at(path, unknown), message: `Received unknown parameter: ${at(path, unknown)}` };
  const missing = Object.entries(members).find(([name, { required }]) => required && !(name in value));
  if (missing) return { param: at(path, missing[0]), message: `Missing required param: ${at(path, missing[0])}.` };
  return first(Object.entries(value).map(([name, one]) => check(members[name]!.shape, one, at(path, name))));
}

const first = (faults: (ShapeFault | null)[]): ShapeFault | null => faults.find((fault) => fault !== null) ?? null;

/** `a[b][0][c]=1` → `{ a: { b: [{ c: '1' }] } }` */
export function parseForm(text: string): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [key, value] of new URLSearchParams(text)) {
    const path = key.split(/[[\]]+/).filter((part, index) => index === 0 || part !== '');
    let here = root;
    for (const part of path.slice(0, -1)) here = (here[part] ??= {}) as Record<string, unknown>;
    here[path.at(-1)!] = value;
  }
  return listed(root) as Record<string, unknown>;
}

function listed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, listed(inner)] as const);
  return entries.length > 0 && entries.every(([name], index) => name === String(index)) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}
