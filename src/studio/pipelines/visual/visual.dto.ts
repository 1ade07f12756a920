import { ApiProperty, ApiPropertyOptional, IntersectionType, OmitType } from '@nestjs/swagger';
import { ANALYSES, BACKGROUND_COLOURS, PARAMETER_LIMITS as LIMIT, type Analysis, type MaskStep, type Quality } from '@atelier/contracts';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { IsTypeId } from '../../../platform/http/index.js';
import { JobOptionsDto } from '../../jobs/index.js';
import { MASK_OPS } from './mask-steps.js';

const colourNames = Object.keys(BACKGROUND_COLOURS);
const background = new RegExp(`^(transparent|${colourNames.join('|')}|#[0-9a-fA-F]{6})$`);
const asset = (what: string) => ({ description: `Asset id of ${what}.`, example: 'ast_01j9w3k4m5n6p7q8r9s0t1v2w3' });
const QUALITIES: readonly Quality[] = ['fast', 'balanced', 'high'];

export class UpscaleDto {
  @ApiProperty(asset('the picture to enlarge'))
  @IsTypeId('ast')
  image: string;

  @ApiProperty({ required: false, enum: [2, 4], default: 4 })
  @IsIn([2, 4], { message: 'factor must be 2 or 4' })
  factor: 2 | 4 = 4;

  @ApiProperty({ required: false, enum: ['photo', 'anime'], default: 'photo' })
  @IsIn(['photo', 'anime'], { message: 'style must be photo or anime' })
  style: 'photo' | 'anime' = 'photo';

  @ApiPropertyOptional({ description: 'Slug or id of a model of the catalogue, or of an upscaler of your own. Omitted: the style decides.' })
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  model?: string;
}

export class RemoveBackgroundDto {
  @ApiProperty(asset('the picture'))
  @IsTypeId('ast')
  image: string;

  @ApiProperty({ required: false, default: 'transparent', example: '#ffffff', description: `transparent, #rrggbb, or one of ${colourNames.join(', ')}.` })
  @Matches(background, { message: `background must be transparent, #rrggbb, or one of ${colourNames.join(', ')}` })
  background: string = 'transparent';
}

export class PointDto {
  @ApiProperty({ type: 'number', minimum: 0, description: 'Pixels from the left, of the picture as displayed.' })
  @IsNumber()
  @Min(0)
  x: number;

  @ApiProperty({ type: 'number', minimum: 0, description: 'Pixels from the top.' })
  @IsNumber()
  @Min(0)
  y: number;

  @ApiProperty({ required: false, enum: [0, 1], default: 1, description: '1: belongs to the subject, 0: does not.' })
  @IsIn([0, 1], { message: 'label must be 1 (the subject) or 0 (not)' })
  label: 0 | 1 = 1;
}

const points = { type: [PointDto] as [typeof PointDto], minItems: 1, maxItems: LIMIT.pointsMax, description: 'Clicks, at least one of them on the subject.' };
const quality = { required: false, enum: QUALITIES, default: 'balanced' };

export class SegmentDto {
  @ApiProperty(asset('the picture'))
  @IsTypeId('ast')
  image: string;

  @ApiProperty(points)
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(LIMIT.pointsMax)
  @ValidateNested({ each: true })
  @Type(() => PointDto)
  points: PointDto[];

  @ApiProperty(quality)
  @IsIn(QUALITIES, { message: `quality must be one of ${QUALITIES.join(', ')}` })
  quality: Quality = 'balanced';
}

export class SegmentSessionDto {
  @ApiProperty(asset('the picture'))
  @IsTypeId('ast')
  image: string;

  @ApiProperty(quality)
  @IsIn(QUALITIES, { message: `quality must be one of ${QUALITIES.join(', ')}` })
  quality: Quality = 'balanced';
}

export class ClicksDto {
  @ApiProperty({ ...points, description: 'All clicks so far, not only the last one.' })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(LIMIT.pointsMax)
  @ValidateNested({ each: true })
  @Type(() => PointDto)
  points: PointDto[];
}

export class CleanUpDto {
  @ApiProperty(asset('the picture'))
  @IsTypeId('ast')
  image: string;

  @ApiProperty({ ...asset('the mask'), description: 'Asset id of the mask, of the size of the picture: white is filled.' })
  @IsTypeId('ast')
  mask: string;

  @ApiProperty({
    ...{ required: false, type: 'integer', minimum: 0, maximum: LIMIT.growMax, default: 0 },
    description: 'Pixels by which the mask is widened first, because the edge of a thing has mixed colours.',
  })
  @IsInt()
  @Min(0)
  @Max(LIMIT.growMax)
  grow: number = 0;
}

export class SmartRemoveDto {
  @ApiProperty(asset('the picture'))
  @IsTypeId('ast')
  image: string;

  @ApiPropertyOptional({ ...points, description: 'Clicks on what is to be removed. Either these or a mask.' })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(LIMIT.pointsMax)
  @ValidateNested({ each: true })
  @Type(() => PointDto)
  points?: PointDto[];

  @ApiPropertyOptional({ ...asset('a mask'), description: 'Asset id of a mask of what is to be removed, of the size of the picture.' })
  @IsOptional()
  @IsTypeId('ast')
  mask?: string;
}

const MATTES = ['portrait', 'general', 'plate'] as const;

export class MatteDto {
  @ApiProperty(asset('the picture'))
  @IsTypeId('ast')
  image: string;

  @ApiProperty({ required: false, enum: MATTES, default: 'general', description: '`plate` compares with the same scene without the subject.' })
  @IsIn(MATTES, { message: `method must be one of ${MATTES.join(', ')}` })
  method: (typeof MATTES)[number] = 'general';

  @ApiPropertyOptional({ ...asset('the plate'), description: 'Asset id of the same scene without the subject; for the method plate.' })
  @IsOptional()
  @IsTypeId('ast')
  plate?: string;
}

export class FaceRestoreDto {
  @ApiProperty(asset('the picture'))
  @IsTypeId('ast')
  image: string;

  @ApiProperty({ required: false, enum: ['gfpgan', 'codeformer'], default: 'gfpgan' })
  @IsIn(['gfpgan', 'codeformer'], { message: 'method must be gfpgan or codeformer' })
  method: 'gfpgan' | 'codeformer' = 'gfpgan';

  @ApiProperty({ required: false, type: 'number', minimum: 0, maximum: 1, default: 0.5, description: '0 looks best, 1 stays closest to the picture.' })
  @IsNumber()
  @Min(0)
  @Max(1)
  fidelity: number = 0.5;
}

export class InterpolateDto {
  @ApiProperty(asset('the video'))
  @IsTypeId('ast')
  video: string;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: LIMIT.targetFpsMax, description: 'Frames a second of the result; more than the video has.' })
  @IsInt()
  @Min(1)
  @Max(LIMIT.targetFpsMax)
  targetFps: number;
}

export class MaskStepDto {
  @ApiProperty({ enum: MASK_OPS, description: '`from_*` make a mask out of the picture, the others change the mask so far.' })
  @IsIn(MASK_OPS, { message: `op must be one of ${MASK_OPS.join(', ')}` })
  op: MaskStep['op'];

  @ApiPropertyOptional({ type: 'integer', minimum: -LIMIT.growMax, maximum: LIMIT.featherMax, description: 'For grow (negative shrinks) and feather.' })
  @IsOptional()
  @IsInt()
  @Min(-LIMIT.growMax)
  @Max(LIMIT.featherMax)
  pixels?: number;

  @ApiPropertyOptional({
    type: 'number',
    minimum: 0,
    maximum: 1,
    description: 'For from_luminance: brighter than this is white; without it, brightness is the mask.',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  threshold?: number;

  @ApiPropertyOptional({ example: '#00ff00', description: 'For from_colour.' })
  @IsOptional()
  @Matches(/^#[0-9a-fA-F]{6}$/, { message: 'colour must be #rrggbb' })
  colour?: string;

  @ApiPropertyOptional({
    type: 'number',
    minimum: 0,
    maximum: 1,
    description: 'For from_colour: how far a colour may be off, as a share of the distance from black to white.',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  tolerance?: number;

  @ApiPropertyOptional({ type: 'number', minimum: 0, maximum: 1, description: 'For threshold: from here on white, below black.' })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  at?: number;
}

export class MaskDto {
  @ApiProperty(asset('the picture, or of a mask'))
  @IsTypeId('ast')
  image: string;

  @ApiProperty({ type: [MaskStepDto], minItems: 1, maxItems: 16 })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(16)
  @ValidateNested({ each: true })
  @Type(() => MaskStepDto)
  steps: MaskStepDto[];
}

export class PropagateMaskDto {
  @ApiProperty(asset('the video'))
  @IsTypeId('ast')
  video: string;

  @ApiProperty({ ...asset('the mask'), description: 'Asset id of the mask of the first frame, of the size of the video.' })
  @IsTypeId('ast')
  mask: string;
}

export class AnalyzeDto {
  @ApiProperty(asset('the picture'))
  @IsTypeId('ast')
  image: string;

  @ApiProperty({
    enum: ANALYSES,
    description:
      '`depth`: a grey map, white is near; as a control picture with `preprocess: false` it guides by depth. `objects`: the picture with a box around each thing. `safety`: shares of what is fit to be shown. `embedding`: a direction of 512 numbers. Numbers stand in the metadata of the result.',
  })
  @IsIn(ANALYSES, { message: `what must be one of ${ANALYSES.join(', ')}` })
  what: Analysis;
}

/** Bodies of the sugar paths, for the documentation: parameters, and what may be said about any job. */
export class UpscaleBody extends IntersectionType(UpscaleDto, JobOptionsDto) {}
export class UpscaleAssetBody extends OmitType(UpscaleBody, ['image'] as const) {}
export class RemoveBackgroundBody extends IntersectionType(RemoveBackgroundDto, JobOptionsDto) {}
export class SegmentBody extends IntersectionType(SegmentDto, JobOptionsDto) {}
export class SegmentSessionBody extends IntersectionType(SegmentSessionDto, JobOptionsDto) {}
export class CleanUpBody extends IntersectionType(CleanUpDto, JobOptionsDto) {}
export class SmartRemoveBody extends IntersectionType(SmartRemoveDto, JobOptionsDto) {}
export class MatteBody extends IntersectionType(MatteDto, JobOptionsDto) {}
export class FaceRestoreBody extends IntersectionType(FaceRestoreDto, JobOptionsDto) {}
export class InterpolateBody extends IntersectionType(InterpolateDto, JobOptionsDto) {}
export class MaskBody extends IntersectionType(MaskDto, JobOptionsDto) {}
export class PropagateMaskBody extends IntersectionType(PropagateMaskDto, JobOptionsDto) {}
export class AnalyzeBody extends IntersectionType(AnalyzeDto, JobOptionsDto) {}
