import { ApiProperty, ApiPropertyOptional, IntersectionType, OmitType } from '@nestjs/swagger';
import { CONTROL_TYPES, PARAMETER_LIMITS as LIMIT, SAMPLERS, SCHEDULERS } from '@atelier/contracts';
import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsDivisibleBy,
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

const side = { type: 'integer', minimum: LIMIT.sideMin, maximum: LIMIT.sideMax, multipleOf: LIMIT.sideMultiple, default: 512 } as const;

/** Pixels added on one side of a picture. */
const Side = (name: string): PropertyDecorator =>
  applyDecorators(
    ApiProperty({
      required: false,
      type: 'integer',
      minimum: 0,
      maximum: LIMIT.sideMax,
      default: 0,
      description: `Pixels added ${name}.`,
    }) as PropertyDecorator,
    IsInt(),
    Min(0),
    Max(LIMIT.sideMax),
  );

export class LoraDto {
  @ApiProperty({ description: 'Slug or id of a LoRA of the catalogue.' })
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  model: string;

  @ApiProperty({ required: false, type: 'number', minimum: -2, maximum: 2, default: 0.8 })
  @IsNumber()
  @Min(-2)
  @Max(2)
  weight: number = 0.8;
}

export class ControlNetDto {
  @ApiProperty({ enum: CONTROL_TYPES })
  @IsIn(CONTROL_TYPES, { message: `type must be one of ${CONTROL_TYPES.join(', ')}` })
  type: string;

  @ApiProperty({ description: 'Asset id of the control picture.' })
  @IsTypeId('ast')
  image: string;

  @ApiProperty({ required: false, type: 'number', minimum: 0, maximum: 2, default: 1 })
  @IsNumber()
  @Min(0)
  @Max(2)
  strength: number = 1;

  @ApiProperty({ required: false, type: 'number', minimum: 0, maximum: 1, default: 0, description: 'Share of the steps from which on it guides.' })
  @IsNumber()
  @Min(0)
  @Max(1)
  start: number = 0;

  @ApiProperty({ required: false, type: 'number', minimum: 0, maximum: 1, default: 1, description: 'Share of the steps until which it guides.' })
  @IsNumber()
  @Min(0)
  @Max(1)
  end: number = 1;

  @ApiProperty({ required: false, default: true, description: 'False: the picture shows edges, a skeleton or depth already.' })
  @IsBoolean()
  preprocess: boolean = true;
}

/** Fields that both text-to-image and image-to-image take. Defaults are the initialisers, so an explicit null is a fault. */
export class Txt2ImgDto {
  @ApiProperty({ minLength: 1, maxLength: LIMIT.promptLengthMax, example: 'a lighthouse in a storm, oil on canvas' })
  @IsString()
  @Matches(/\S/, { message: 'prompt must not be empty' })
  @MaxLength(LIMIT.promptLengthMax)
  prompt: string;

  @ApiProperty({ required: false, maxLength: LIMIT.promptLengthMax, default: '' })
  @IsString()
  @MaxLength(LIMIT.promptLengthMax)
  negativePrompt: string = '';

  @ApiProperty({ required: false, ...side })
  @IsInt()
  @Min(LIMIT.sideMin)
  @Max(LIMIT.sideMax)
  @IsDivisibleBy(LIMIT.sideMultiple)
  width: number = 512;

  @ApiProperty({ required: false, ...side })
  @IsInt()
  @Min(LIMIT.sideMin)
  @Max(LIMIT.sideMax)
  @IsDivisibleBy(LIMIT.sideMultiple)
  height: number = 512;

  @ApiProperty({ required: false, type: 'integer', minimum: 1, maximum: LIMIT.stepsMax, default: 20 })
  @IsInt()
  @Min(1)
  @Max(LIMIT.stepsMax)
  steps: number = 20;

  @ApiProperty({ required: false, type: 'number', minimum: LIMIT.cfgScaleMin, maximum: LIMIT.cfgScaleMax, default: 7 })
  @IsNumber()
  @Min(LIMIT.cfgScaleMin)
  @Max(LIMIT.cfgScaleMax)
  cfgScale: number = 7;

  @ApiProperty({ required: false, enum: SAMPLERS, default: 'euler' })
  @IsIn(SAMPLERS, { message: `sampler must be one of ${SAMPLERS.join(', ')}` })
  sampler: string = 'euler';

  @ApiProperty({ required: false, enum: SCHEDULERS, default: 'normal' })
  @IsIn(SCHEDULERS, { message: `scheduler must be one of ${SCHEDULERS.join(', ')}` })
  scheduler: string = 'normal';

  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: LIMIT.seedMax, description: 'Omitted: drawn at random. Picture n of a batch uses seed + n.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(LIMIT.seedMax)
  seed?: number;

  @ApiProperty({ required: false, type: 'integer', minimum: 1, maximum: LIMIT.batchSizeMax, default: 1 })
  @IsInt()
  @Min(1)
  @Max(LIMIT.batchSizeMax)
  batchSize: number = 1;

  @ApiProperty({ required: false, type: 'integer', minimum: 1, maximum: LIMIT.batchCountMax, default: 1 })
  @IsInt()
  @Min(1)
  @Max(LIMIT.batchCountMax)
  batchCount: number = 1;

  @ApiPropertyOptional({ description: "Slug or id of a checkpoint of the catalogue; omitted: the catalogue's default.", example: 'builtin/placeholder' })
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  model?: string;

  @ApiPropertyOptional({ type: [LoraDto] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(8)
  @ValidateNested({ each: true })
  @Type(() => LoraDto)
  loras?: LoraDto[];

  @ApiPropertyOptional({ type: [ControlNetDto] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(4)
  @ValidateNested({ each: true })
  @Type(() => ControlNetDto)
  controlNets?: ControlNetDto[];
}

const own = { type: 'integer', minimum: LIMIT.sideMin, maximum: LIMIT.sideMax, multipleOf: LIMIT.sideMultiple } as const;
const FITTED = 'Omitted: that of the picture, rounded to 8 and within the plan. The picture is scaled to cover the size and cut to it around its centre.';
const image = (what: string) => ({ description: `Asset id of ${what}.`, example: 'ast_01j9w3k4m5n6p7q8r9s0t1v2w3' });

/** Fields of whatever is made from a picture and words. Without a size it has the picture's own. */
export class FromPictureDto extends OmitType(Txt2ImgDto, ['width', 'height'] as const) {
  @ApiProperty(image('the picture to start from'))
  @IsTypeId('ast')
  image: string;

  @ApiPropertyOptional({ ...own, description: FITTED })
  @IsOptional()
  @IsInt()
  @Min(LIMIT.sideMin)
  @Max(LIMIT.sideMax)
  @IsDivisibleBy(LIMIT.sideMultiple)
  width?: number;

  @ApiPropertyOptional({ ...own, description: FITTED })
  @IsOptional()
  @IsInt()
  @Min(LIMIT.sideMin)
  @Max(LIMIT.sideMax)
  @IsDivisibleBy(LIMIT.sideMultiple)
  height?: number;

  @ApiProperty({ required: false, type: 'number', minimum: 0, maximum: 1, default: 0.75, description: '0 keeps the picture, 1 ignores it.' })
  @IsNumber()
  @Min(0)
  @Max(1)
  strength: number = 0.75;
}

export class Img2ImgDto extends FromPictureDto {}

const feather = { type: 'integer', minimum: 0, maximum: LIMIT.featherMax, description: 'Pixels over which old and new fade into each other.' } as const;

export class InpaintDto extends FromPictureDto {
  @ApiProperty({ ...image('the mask'), description: 'Asset id of the mask, of the size of the picture: white is made anew.' })
  @IsTypeId('ast')
  mask: string;

  @ApiProperty({ required: false, ...feather, default: 8 })
  @IsInt()
  @Min(0)
  @Max(LIMIT.featherMax)
  feather: number = 8;
}

export class OutpaintDto extends OmitType(Txt2ImgDto, ['width', 'height'] as const) {
  @ApiProperty(image('the picture that is continued'))
  @IsTypeId('ast')
  image: string;

  @Side('left')
  left: number = 0;

  @Side('top')
  top: number = 0;

  @Side('right')
  right: number = 0;

  @Side('bottom')
  bottom: number = 0;

  @ApiProperty({ required: false, ...feather, default: 24 })
  @IsInt()
  @Min(0)
  @Max(LIMIT.featherMax)
  feather: number = 24;
}

export class VideoDto {
  @ApiPropertyOptional({ maxLength: LIMIT.promptLengthMax, description: 'Without a picture, the first frame is made from it.' })
  @IsOptional()
  @IsString()
  @MaxLength(LIMIT.promptLengthMax)
  prompt?: string;

  @ApiProperty({ required: false, maxLength: LIMIT.promptLengthMax, default: '' })
  @IsString()
  @MaxLength(LIMIT.promptLengthMax)
  negativePrompt: string = '';

  @ApiPropertyOptional(image('the first frame'))
  @IsOptional()
  @IsTypeId('ast')
  image?: string;

  @ApiPropertyOptional({ ...own, description: `${FITTED} Without a picture: 512.` })
  @IsOptional()
  @IsInt()
  @Min(LIMIT.sideMin)
  @Max(LIMIT.sideMax)
  @IsDivisibleBy(LIMIT.sideMultiple)
  width?: number;

  @ApiPropertyOptional({ ...own, description: `${FITTED} Without a picture: 512.` })
  @IsOptional()
  @IsInt()
  @Min(LIMIT.sideMin)
  @Max(LIMIT.sideMax)
  @IsDivisibleBy(LIMIT.sideMultiple)
  height?: number;

  @ApiProperty({ required: false, type: 'integer', minimum: 1, maximum: LIMIT.videoFramesMax, default: 25 })
  @IsInt()
  @Min(1)
  @Max(LIMIT.videoFramesMax)
  frames: number = 25;

  @ApiProperty({ required: false, type: 'integer', minimum: 1, maximum: LIMIT.fpsMax, default: 7 })
  @IsInt()
  @Min(1)
  @Max(LIMIT.fpsMax)
  fps: number = 7;

  @ApiProperty({ required: false, type: 'integer', minimum: 1, maximum: 255, default: 127, description: 'How much moves.' })
  @IsInt()
  @Min(1)
  @Max(255)
  motionBucket: number = 127;

  @ApiProperty({ required: false, type: 'integer', minimum: 1, maximum: LIMIT.stepsMax, default: 20 })
  @IsInt()
  @Min(1)
  @Max(LIMIT.stepsMax)
  steps: number = 20;

  @ApiProperty({ required: false, type: 'number', minimum: LIMIT.cfgScaleMin, maximum: LIMIT.cfgScaleMax, default: 2.5 })
  @IsNumber()
  @Min(LIMIT.cfgScaleMin)
  @Max(LIMIT.cfgScaleMax)
  cfgScale: number = 2.5;

  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: LIMIT.seedMax, description: 'Omitted: drawn at random.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(LIMIT.seedMax)
  seed?: number;

  @ApiPropertyOptional({ description: 'Slug or id of a model of the catalogue.' })
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  model?: string;
}

/** Bodies of the sugar paths, for the documentation: parameters, and what may be said about any job. */
export class Txt2ImgBody extends IntersectionType(Txt2ImgDto, JobOptionsDto) {}
export class Img2ImgBody extends IntersectionType(Img2ImgDto, JobOptionsDto) {}
export class InpaintBody extends IntersectionType(InpaintDto, JobOptionsDto) {}
export class OutpaintBody extends IntersectionType(OutpaintDto, JobOptionsDto) {}
export class VideoBody extends IntersectionType(VideoDto, JobOptionsDto) {}
