import { Module } from '@nestjs/common';
import { PlansModule } from '../../../billing/plans/index.js';
import { AssetsModule } from '../../assets/index.js';
import { JobsModule } from '../../jobs/index.js';
import { ImageRequests } from './image-requests.service.js';
import { ImageController } from './image.controller.js';
import { Img2Img } from './img2img.service.js';
import { Inpaint } from './inpaint.service.js';
import { Outpaint } from './outpaint.service.js';
import { PictureSizes } from './picture-sizes.service.js';
import { Txt2Img } from './txt2img.service.js';
import { VariationsController } from './variations.controller.js';
import { Variations } from './variations.service.js';
import { Video } from './video.service.js';

@Module({
  imports: [AssetsModule, JobsModule, PlansModule],
  controllers: [ImageController, VariationsController],
  providers: [ImageRequests, PictureSizes, Txt2Img, Img2Img, Inpaint, Outpaint, Video, Variations],
})
export class ImageModule {}
