import { Module } from '@nestjs/common';
import { JobsModule } from '../../jobs/index.js';
import { RemoveBackground } from './remove-background.service.js';
import { Upscale } from './upscale.service.js';
import { VisualController } from './visual.controller.js';

@Module({ imports: [JobsModule], controllers: [VisualController], providers: [Upscale, RemoveBackground] })
export class VisualModule {}
