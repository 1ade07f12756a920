import { Injectable } from '@nestjs/common';
import { Fresh } from '../../billing/plans/index.js';
import type { Ctx } from '../../platform/context/index.js';
import { notFound } from '../../platform/errors/index.js';
import { decodeCursor, encodeCursor, page, type PageQuery } from '../../platform/http/index.js';
import { isTypeId, parseId, typeId } from '../../platform/ids/index.js';
import { chooseModel, fits, type ModelEntry } from './model.js';
import type { ModelPage, ModelSearchQuery, ModelView } from './models.dto.js';
import { ModelsRepository } from './models.repository.js';

/** The catalogue of models. Small and the same for everybody, so it is kept in memory for a few seconds. */
@Injectable()
export class Models {
  constructor(
    private readonly repository: ModelsRepository,
    private readonly fresh: Fresh,
  ) {}

  /** The checkpoint for an operation; `named` is a slug or TypeID from a request. Null: the catalogue has none such. */
  async find(operation: string, named?: string): Promise<ModelEntry | null> {
    const asked = named === undefined ? undefined : { slug: named, id: isTypeId('mdl', named) ? parseId('mdl', named) : null };
    return chooseModel(await this.catalogue(), operation, asked) ?? null;
  }

  /** Slugs that an operation accepts, for messages. */
  async slugs(operation: string): Promise<string[]> {
    return (await this.catalogue()).filter((entry) => entry.operations.includes(operation)).map((entry) => entry.slug);
  }

  async list(_ctx: Ctx, query: ModelSearchQuery | PageQuery): Promise<ModelPage> {
    const after = query.cursor ? decodeCursor(query.cursor) : undefined;
    const found = (await this.catalogue()).filter((entry) => fits(entry, query as ModelSearchQuery) && (!after || entry.id < after.id));
    const { data, hasMore, nextCursor } = page(found.slice(0, query.limit + 1), query.limit, (entry) => encodeCursor(entry.createdAt.toISOString(), entry.id));
    return { data: data.map(modelView), hasMore, nextCursor };
  }

  async view(_ctx: Ctx, id: string): Promise<ModelView> {
    const entry = (await this.catalogue()).find((candidate) => candidate.id === id);
    if (!entry) throw notFound('mdl');
    return modelView(entry);
  }

  private catalogue(): Promise<ModelEntry[]> {
    return this.fresh.get('models', () => this.repository.all());
  }
}

const modelView = (entry: ModelEntry): ModelView => ({ ...entry, id: typeId('mdl', entry.id), createdAt: entry.createdAt.toISOString() });
