import { Module } from '@nestjs/common';
import { JobsModule } from '../../jobs/index.js';
import { CleanUp } from './clean-up.service.js';
import { FaceRestore } from './face-restore.service.js';
import { Interpolate } from './interpolate.service.js';
import { Mask } from './mask.service.js';
import { Matte } from './matte.service.js';
import { Analyze } from './analyze.service.js';
import { PropagateMask } from './propagate-mask.service.js';
import { RemoveBackground } from './remove-background.service.js';
import { SegmentSession } from './segment-session.service.js';
import { SegmentSessionsController } from './segment-sessions.controller.js';
import { SegmentSessions } from './segment-sessions.service.js';
import { Segment } from './segment.service.js';
import { SmartRemove } from './smart-remove.service.js';
import { Upscale } from './upscale.service.js';
import { VisualController } from './visual.controller.js';

const PIPELINES = [Upscale, RemoveBackground, Segment, SegmentSession, Matte, CleanUp, SmartRemove, FaceRestore, Mask, Interpolate, PropagateMask, Analyze];

@Module({ imports: [JobsModule], controllers: [VisualController, SegmentSessionsController], providers: [...PIPELINES, SegmentSessions] })
export class VisualModule {}
