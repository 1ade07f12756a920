import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsISO8601, IsNotEmptyObject, IsOptional, IsString, Length, Matches, Max, Min, ValidateNested } from 'class-validator';
import { CREDITS_PATTERN } from '../plans/index.js';
import { UNIT_CODES, type UnitCode } from './price-list.js';

const credits = { message: '$property must be a decimal string with at most three decimals, such as "0.5"' };

export class ImagePriceDto {
  @ApiProperty({ type: 'integer', example: 262_144, description: 'Pixels of the output that cost one credit.' })
  @IsInt()
  @Min(1)
  @Max(1_000_000_000)
  pixelsPerCredit!: number;
  @ApiProperty({ example: '1', description: 'Credits of the smallest picture.' })
  @Matches(CREDITS_PATTERN, credits)
  minimum!: string;
  @ApiProperty({ example: '0.5', description: 'The price by pixels is rounded up to a multiple of this.' })
  @Matches(CREDITS_PATTERN, credits)
  increment!: string;
  @ApiProperty({ type: 'integer', example: 30, description: 'More steps than these cost in proportion.' })
  @IsInt()
  @Min(1)
  @Max(1000)
  stepsIncluded!: number;
  @ApiProperty({ example: '1', description: 'Credits per ControlNet and picture.' })
  @Matches(CREDITS_PATTERN, credits)
  controlNet!: string;
  @ApiProperty({ example: '0.5', description: 'Credits per LoRA and picture.' })
  @Matches(CREDITS_PATTERN, credits)
  lora!: string;
}

const unit =
  (description: string): PropertyDecorator =>
  (target, key) => {
    ApiProperty({ type: String, description, example: '1' })(target, key);
    Matches(CREDITS_PATTERN, credits)(target, key);
  };

export class UnitPricesDto implements Record<UnitCode, string> {
  @unit('Upscale ×2, per picture.') upscale_2!: string;
  @unit('Upscale ×4, per picture.') upscale_4!: string;
  @unit('Background removal, per picture.') background_removal!: string;
  @unit('Matte, per picture.') matte!: string;
  @unit('A click session of ten minutes.') segment!: string;
  @unit('Face restoration, per picture.') face_restore!: string;
  @unit('Clean-up without a prompt, per picture.') clean_up!: string;
  @unit('Smart removal, per picture.') smart_remove!: string;
  @unit('Video, per 25 frames begun.') video_frames_25!: string;
  @unit('Frame interpolation, per 25 output frames begun.') interpolation_frames_25!: string;
  @unit('Talking head, per second begun.') talking_head_second!: string;
  @unit('Photo to video, per clip begun (5 s).') film_clip!: string;
  @unit('Photo to video, the assembly.') film_assembly!: string;
  @unit('Metered work, per second on a class whose list price is $1 an hour.') metered_second!: string;
}

export class PriceListResponse {
  @ApiProperty({ type: 'integer', description: 'Every charge stores the version it was priced with.' }) version!: number;
  @ApiProperty({ format: 'date-time' }) effectiveFrom!: string;
  @ApiProperty({ description: 'True for the one list that prices new jobs now.' }) current!: boolean;
  @ApiProperty() note!: string;
  @ApiProperty({ type: ImagePriceDto }) image!: ImagePriceDto;
  @ApiProperty({ type: UnitPricesDto, description: `Credits by unit: ${UNIT_CODES.join(', ')}.` }) units!: UnitPricesDto;
}

export class PriceListsResponse {
  @ApiProperty({ type: [PriceListResponse], description: 'Newest first.' }) data!: PriceListResponse[];
}

export class NewPriceListBody {
  @ApiProperty({ maxLength: 500, description: 'Why it was made.' })
  @IsString()
  @Length(1, 500)
  note!: string;
  @ApiPropertyOptional({ format: 'date-time', description: 'Not in the past. Default: now.' })
  @IsOptional()
  @IsISO8601({ strict: true })
  effectiveFrom?: string;
  @ApiProperty({ type: ImagePriceDto })
  @IsNotEmptyObject()
  @ValidateNested()
  @Type(() => ImagePriceDto)
  image!: ImagePriceDto;
  @ApiProperty({ type: UnitPricesDto })
  @IsNotEmptyObject()
  @ValidateNested()
  @Type(() => UnitPricesDto)
  units!: UnitPricesDto;
}
