import { Global, Module } from '@nestjs/common';
import { provideConfig } from '../config/index.js';
import { SafeFetch } from './safe-fetch.service.js';
import { safeFetchConfig } from './settings.js';

@Global()
@Module({ providers: [provideConfig(safeFetchConfig), SafeFetch], exports: [SafeFetch] })
export class SafeFetchModule {}
