import { Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { modelsOfType } from './models-of-type.js';

@ApiTags('models')
@Controller('loras')
export class LorasController extends modelsOfType('lora', { one: 'Lora', many: 'Loras', title: 'LoRAs' }) {}
