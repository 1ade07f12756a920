import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsBoolean, IsString, Matches, MaxLength, ValidateNested } from 'class-validator';

/** Bounds keep the check of a 4,000-character prompt within a few milliseconds. */
const RULES_MAX = 20;
const WORDS_MAX = 100;

export class ModerationRuleDto {
  @ApiProperty({ example: 'violence', description: 'What a refusal names; lower case letters, digits and dashes.' })
  @Matches(/^[a-z0-9][a-z0-9-]{0,49}$/, { message: 'name must be 1 to 50 lower case letters, digits or dashes' })
  name: string;

  @ApiProperty({
    type: [String],
    example: ['violence'],
    description: 'Words or phrases; letter case, accents, width, spacing and common digit-for-letter spellings do not matter.',
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(WORDS_MAX)
  @IsString({ each: true })
  @Matches(/[\p{L}\p{N}]/u, { each: true, message: 'each of words must hold a letter or a digit' })
  @MaxLength(80, { each: true })
  words: string[];

  @ApiProperty({ required: false, default: true })
  @IsBoolean()
  enabled: boolean = true;
}

export class PutModerationDto {
  @ApiProperty({ type: [ModerationRuleDto], description: 'The whole list; it replaces the one that stands. An empty list lets every prompt through.' })
  @IsArray()
  @ArrayMaxSize(RULES_MAX)
  @ArrayUnique((rule: ModerationRuleDto) => rule?.name, { message: 'rules must have different names' })
  @ValidateNested({ each: true })
  @Type(() => ModerationRuleDto)
  rules: ModerationRuleDto[];
}

export class ModerationView {
  @ApiProperty({ type: [ModerationRuleDto] }) rules: ModerationRuleDto[];
  @ApiProperty({ type: 'integer', description: 'Counts changes; 0 while the tenant has the rules it started with.' }) version: number;
  @ApiPropertyOptional({ type: 'string', format: 'date-time', nullable: true }) updatedAt: string | null;
}
