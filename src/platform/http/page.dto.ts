import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

/** `?limit=1..100&cursor=…` of every list. */
export class PageQuery {
  @ApiPropertyOptional({ description: 'How many, 1 to 100.', type: 'integer', minimum: 1, maximum: 100, default: 25 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 25;

  @ApiPropertyOptional({ description: '`nextCursor` of the page before.' })
  @IsOptional()
  @IsString()
  @MaxLength(256)
  cursor?: string;
}

export interface Page<T> {
  data: T[];
  hasMore: boolean;
  /** Null on the last page. */
  nextCursor: string | null;
}

/** Cuts a page out of `rows`, of which the query read `limit + 1`: the extra one only says that there is more. */
export function page<T>(rows: readonly T[], limit: number, toCursor: (last: T) => string): Page<T> {
  const data = rows.slice(0, limit);
  const hasMore = rows.length > limit;
  return { data, hasMore, nextCursor: hasMore ? toCursor(data.at(-1)!) : null };
}
