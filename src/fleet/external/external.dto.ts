import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsBoolean, IsOptional, IsString, Matches } from 'class-validator';

export class PutExternalConsentDto {
  @ApiProperty({ description: 'Whether prompts and pictures of this tenant may be sent to outside services.' })
  @IsBoolean()
  allowed: boolean;

  @ApiPropertyOptional({ type: [String], default: [], description: 'Names of the services that may be used; none named: every one the installation has.' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(20)
  @IsString({ each: true })
  @Matches(/^[a-z0-9][a-z0-9.-]{0,252}$/, { each: true, message: 'each of providers must be the name of a service, as GET /tenant/external lists them' })
  providers?: string[];
}

export class ExternalConsentView {
  @ApiProperty() allowed: boolean;
  @ApiProperty({ type: [String] }) providers: string[];
  @ApiProperty({ type: [String], description: 'Services this installation could use.' }) available: string[];
  @ApiPropertyOptional({ type: 'string', format: 'date-time', nullable: true }) updatedAt: string | null;
}
