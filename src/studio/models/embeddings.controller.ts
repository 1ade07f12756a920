import { Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { modelsOfType } from './models-of-type.js';

@ApiTags('models')
@Controller('embeddings')
export class EmbeddingsController extends modelsOfType('embedding', { one: 'Embedding', many: 'Embeddings', title: 'Embeddings' }) {}
