import { PARAMETER_LIMITS as LIMIT } from '@atelier/contracts';
import { ApiProperty, ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { IsInt, IsNumber, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { JobOptionsDto } from '../../jobs/index.js';

export class VariationsDto {
  @ApiProperty({ required: false, type: 'integer', minimum: 1, maximum: LIMIT.batchSizeMax, default: 4 })
  @IsInt()
  @Min(1)
  @Max(LIMIT.batchSizeMax)
  count: number = 4;

  @ApiProperty({ required: false, type: 'number', minimum: 0, maximum: 1, default: 0.5, description: 'How far they may go from the picture.' })
  @IsNumber()
  @Min(0)
  @Max(1)
  strength: number = 0.5;

  @ApiPropertyOptional({
    maxLength: LIMIT.promptLengthMax,
    description: 'Omitted: the words that the picture was made from. A picture without any needs some.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(LIMIT.promptLengthMax)
  prompt?: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: LIMIT.seedMax, description: 'Omitted: drawn at random.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(LIMIT.seedMax)
  seed?: number;
}

export class VariationsBody extends IntersectionType(VariationsDto, JobOptionsDto) {}
