import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsEmail, IsOptional, IsString, Length, Matches, MaxLength } from 'class-validator';
import { typeId } from '../../platform/ids/index.js';
import type { UserView } from './user.js';

const ONE_LINE = /^(?=.*\S)\P{Cc}+$/u;

export class PersonDto {
  @ApiProperty({ example: 'usr_01k9…' })
  id: string;
  @ApiProperty()
  name: string;
  @ApiProperty()
  email: string;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
}

export class UpdateMeDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 80 })
  @IsOptional()
  @IsString()
  @Matches(ONE_LINE, { message: '$property must be one line with at least one visible character' })
  @Length(1, 80)
  name?: string;

  @ApiPropertyOptional({ format: 'email', description: 'A new address; needs `currentPassword`.' })
  @IsOptional()
  @IsEmail()
  @MaxLength(254)
  email?: string;

  @ApiPropertyOptional({ minLength: 8, maxLength: 128, description: 'Needs `currentPassword`; ends every other session.' })
  @IsOptional()
  @IsString()
  @MaxLength(512)
  newPassword?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(512)
  currentPassword?: string;
}

export const toPersonDto = (user: UserView): PersonDto => ({
  id: typeId('usr', user.id),
  name: user.name,
  email: user.email,
  createdAt: user.createdAt.toISOString(),
});
