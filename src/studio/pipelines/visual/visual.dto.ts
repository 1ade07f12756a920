import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import { BACKGROUND_COLOURS } from '@atelier/contracts';
import { IsIn, Matches } from 'class-validator';
import { IsTypeId } from '../../../platform/http/index.js';
import { JobOptionsDto } from '../../jobs/index.js';

const colourNames = Object.keys(BACKGROUND_COLOURS);
const background = new RegExp(`^(transparent|${colourNames.join('|')}|#[0-9a-fA-F]{6})$`);

export class UpscaleDto {
  @ApiProperty({ description: 'Asset id of the picture to enlarge.', example: 'ast_01j9w3k4m5n6p7q8r9s0t1v2w3' })
  @IsTypeId('ast')
  image: string;

  @ApiProperty({ required: false, enum: [2, 4], default: 4 })
  @IsIn([2, 4], { message: 'factor must be 2 or 4' })
  factor: 2 | 4 = 4;

  @ApiProperty({ required: false, enum: ['photo', 'anime'], default: 'photo' })
  @IsIn(['photo', 'anime'], { message: 'style must be photo or anime' })
  style: 'photo' | 'anime' = 'photo';
}

export class RemoveBackgroundDto {
  @ApiProperty({ description: 'Asset id of the picture.', example: 'ast_01j9w3k4m5n6p7q8r9s0t1v2w3' })
  @IsTypeId('ast')
  image: string;

  @ApiProperty({ required: false, default: 'transparent', example: '#ffffff', description: `transparent, #rrggbb, or one of ${colourNames.join(', ')}.` })
  @Matches(background, { message: `background must be transparent, #rrggbb, or one of ${colourNames.join(', ')}` })
  background: string = 'transparent';
}

/** Bodies of the sugar paths, for the documentation: parameters, and what may be said about any job. */
export class UpscaleBody extends IntersectionType(UpscaleDto, JobOptionsDto) {}
export class RemoveBackgroundBody extends IntersectionType(RemoveBackgroundDto, JobOptionsDto) {}
