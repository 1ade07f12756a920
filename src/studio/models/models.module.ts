import { Module } from '@nestjs/common';
import { PlansModule } from '../../billing/plans/index.js';
import { ModelsController } from './models.controller.js';
import { ModelsRepository } from './models.repository.js';
import { Models } from './models.service.js';
import { Passports } from './passports.service.js';

@Module({ imports: [PlansModule], controllers: [ModelsController], providers: [Models, ModelsRepository, Passports], exports: [Models, Passports] })
export class ModelsModule {}
