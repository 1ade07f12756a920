import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import type { ClassConstructor } from 'class-transformer';
import { validated } from './validation.js';

const PLAIN: readonly unknown[] = [String, Number, Boolean, Array, Object, Date, Buffer];

/** Checks every body and query that has a DTO. */
@Injectable()
export class ValidationPipe implements PipeTransform {
  transform(value: unknown, { metatype, type }: ArgumentMetadata): unknown {
    if (type === 'custom' || !metatype || PLAIN.includes(metatype)) return value;
    return validated(metatype as ClassConstructor<object>, value);
  }
}
