import { Module } from '@nestjs/common';
import { JobsModule } from '../../jobs/index.js';
import { ModelsModule } from '../../models/index.js';
import { ImageRequests } from './image-requests.service.js';
import { ImageController } from './image.controller.js';
import { Img2Img } from './img2img.service.js';
import { Txt2Img } from './txt2img.service.js';

@Module({ imports: [JobsModule, ModelsModule], controllers: [ImageController], providers: [ImageRequests, Txt2Img, Img2Img] })
export class ImageModule {}
