import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';

export class StreamQuery {
  @ApiPropertyOptional({ description: 'The `id` of the last event you have; the `Last-Event-ID` header wins over it.' })
  @IsOptional()
  @Matches(/^\d{1,16}$/)
  lastEventId?: string;
}
