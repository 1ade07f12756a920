#!/usr/bin/env node
// Writes openapi.json from the controllers and DTOs, or with --check says whether the committed file still agrees with the code.
// The DTOs' fields are read from the sources by the swagger plugin's visitor, so that no field is described twice.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { ReadonlyVisitor } from '@nestjs/swagger/plugin';
import ts from 'typescript';
import { ROOT } from './prepare.mjs';

if (process.argv.includes('--help')) {
  console.log('Usage: npm run openapi [-- --check]\n\nWrites openapi.json; with --check changes nothing and exits 1 when it is out of date.');
  process.exit(0);
}

/** Schemas are named by their class: two DTOs of one name would silently become one. */
function refuseTwinNames(program) {
  const seen = new Map();
  for (const file of program.getSourceFiles().filter(({ fileName }) => fileName.endsWith('.dto.ts'))) {
    for (const { name } of file.statements.filter(ts.isClassDeclaration)) {
      if (seen.has(name.text)) throw new Error(`Two DTOs are called ${name.text} (${seen.get(name.text)}, ${file.fileName}): rename one of them.`);
      seen.set(name.text, file.fileName);
    }
  }
}

/** Compiles what the visitor saw into dist/openapi-metadata.js; its imports are relative to dist, which mirrors src. */
function writeMetadata() {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(ROOT, 'tsconfig.json'),
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (d) => {
        throw new Error(String(d.messageText));
      },
    },
  );
  const program = ts.createProgram(config.fileNames, config.options);
  const visitor = new ReadonlyVisitor({
    pathToSource: join(ROOT, 'src'),
    dtoFileNameSuffix: ['.dto.ts'],
    controllerFileNameSuffix: ['.controller.ts'],
    classValidatorShim: true,
    introspectComments: true,
    esmCompatible: true,
  });
  for (const file of program.getSourceFiles()) if (!file.isDeclarationFile && file.fileName.startsWith(join(ROOT, 'src'))) visitor.visit(program, file);
  const collected = visitor.collect();
  refuseTwinNames(program);
  const imports = Object.keys(visitor.typeImports).map((path) => `${JSON.stringify(path)}: await import(${JSON.stringify(path)})`);
  const printer = ts.createPrinter();
  const blank = ts.createSourceFile('m.ts', '', ts.ScriptTarget.ES2022, false, ts.ScriptKind.TS);
  const object = (value) => {
    if (Array.isArray(value)) return `[${value.map(object).join(', ')}]`;
    if (value && typeof value === 'object' && 'kind' in value && typeof value.kind === 'number')
      return printer.printNode(ts.EmitHint.Unspecified, value, blank);
    if (value && typeof value === 'object')
      return `{ ${Object.entries(value)
        .map(([k, v]) => `${JSON.stringify(k)}: ${object(v)}`)
        .join(', ')} }`;
    return JSON.stringify(value);
  };
  writeFileSync(
    join(ROOT, 'dist/openapi-metadata.js'),
    `export default async () => {\nconst t = { ${imports.join(',\n')} };\nreturn { '@nestjs/swagger': ${object(collected)} };\n};\n`,
  );
}

const description = () =>
  new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Atelier')
    .setVersion('1')
    .setDescription(
      'AI image and video studio. Errors are application/problem+json (RFC 9457); ids are TypeIDs; credits are decimal strings, micros integer strings.',
    )
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'an access token, or an API key atl_live_…' }, 'bearer')
    .addCookieAuth('atelier_session', { type: 'apiKey', in: 'cookie', name: 'atelier_session' }, 'session')
    .addSecurityRequirements('bearer')
    .addSecurityRequirements('session')
    .build();

async function makeDocument() {
  const { EmbeddedPostgres, prepareDatabase } = await import('../dist/platform/database/index.js');
  const { migrateQueueSchema } = await import('../dist/platform/queue/index.js');
  const { createHttpApp } = await import('../dist/platform/http/index.js');
  const { AppModule } = await import('../dist/app.module.js');
  const home = mkdtempSync(join(tmpdir(), 'atelier-openapi-'));
  const postgres = new EmbeddedPostgres(home);
  try {
    Object.assign(process.env, { ATELIER_HOME: home, ATELIER_ROLE: 'api', ATELIER_LOCAL_BOXES: '0', LOG_LEVEL: 'error' });
    const ownerUrl = await postgres.start();
    const urls = await prepareDatabase({ ownerUrl, home, migrationsFolder: join(ROOT, 'migrations') });
    await migrateQueueSchema(ownerUrl, urls.queue);
    const app = await createHttpApp(await AppModule.assemble(urls));
    await SwaggerModule.loadPluginMetadata((await import('../dist/openapi-metadata.js')).default);
    const document = SwaggerModule.createDocument(app, description(), { operationIdFactory: (_controller, method) => method });
    await app.close();
    return `${JSON.stringify(document, null, 1)}\n`;
  } finally {
    await postgres.stop();
    rmSync(home, { recursive: true, force: true });
    rmSync(postgres.dataFolder, { recursive: true, force: true });
  }
}

writeMetadata();
const fresh = await makeDocument();
const file = join(ROOT, 'openapi.json');
if (process.argv.includes('--check')) {
  let committed = '';
  try {
    committed = readFileSync(file, 'utf8');
  } catch {
    /* reported below */
  }
  if (committed === fresh) process.exit(0);
  console.error('openapi.json does not agree with the code: run `npm run openapi && npm run client` and commit both.');
  process.exit(1);
}
writeFileSync(file, fresh);
console.log(`openapi.json: ${Object.keys(JSON.parse(fresh).paths).length} paths`);
process.exit(0);
