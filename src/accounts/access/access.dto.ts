import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsEmail, IsOptional, IsString, Length, Matches, MaxLength } from 'class-validator';

const ONE_LINE = /^(?=.*\S)\P{Cc}+$/u;

/** Longer than any password may be: a login must not tell which passwords could exist, only refuse what costs too much to hash. */
const PASSWORD_INPUT_MAX = 512;

export class RegisterDto {
  @ApiProperty({ format: 'email' })
  @IsEmail()
  @MaxLength(254)
  email: string;

  @ApiProperty({ minLength: 8, maxLength: 128, format: 'password' })
  @IsString()
  @MaxLength(PASSWORD_INPUT_MAX)
  password: string;

  @ApiProperty({ minLength: 1, maxLength: 80 })
  @IsString()
  @Matches(ONE_LINE, { message: '$property must be one line with at least one visible character' })
  @Length(1, 80)
  name: string;

  @ApiPropertyOptional({ minLength: 1, maxLength: 80, description: 'Name of the tenant that is made; your own name when left out.' })
  @IsOptional()
  @IsString()
  @Matches(ONE_LINE, { message: '$property must be one line with at least one visible character' })
  @Length(1, 80)
  tenantName?: string;
}

export class LoginDto {
  @ApiProperty({ format: 'email' })
  @IsString()
  @MaxLength(254)
  email: string;

  @ApiProperty({ format: 'password' })
  @IsString()
  @MaxLength(PASSWORD_INPUT_MAX)
  password: string;
}

export class RefreshDto {
  @ApiProperty({ description: 'Works once: the answer carries the next one.' })
  @IsString()
  @MaxLength(200)
  refreshToken: string;
}

export class ForgotPasswordDto {
  @ApiProperty({ format: 'email' })
  @IsEmail()
  @MaxLength(254)
  email: string;
}

export class ResetPasswordDto {
  @ApiProperty({ description: 'From the link in the mail; works once, for 30 minutes.' })
  @IsString()
  @MaxLength(200)
  token: string;

  @ApiProperty({ minLength: 8, maxLength: 128, format: 'password' })
  @IsString()
  @MaxLength(PASSWORD_INPUT_MAX)
  password: string;
}

export class VerifyEmailDto {
  @ApiProperty({ description: 'From the link in the mail.' })
  @IsString()
  @MaxLength(200)
  token: string;
}

export class SignedInUserDto {
  @ApiProperty({ example: 'usr_01k9…' })
  id: string;
  @ApiProperty()
  email: string;
  @ApiProperty()
  name: string;
}

export class TenantRefDto {
  @ApiProperty({ example: 'tnt_01k9…' })
  id: string;
  @ApiProperty()
  name: string;
}

/** A request from our own pages gets cookies instead of tokens. */
export class SignedInDto {
  @ApiProperty({ type: SignedInUserDto })
  user: SignedInUserDto;
  @ApiProperty({ type: TenantRefDto })
  tenant: TenantRefDto;
  @ApiPropertyOptional({ description: 'Send as `Authorization: Bearer …`. Absent for browsers, which get cookies.' })
  accessToken?: string;
  @ApiPropertyOptional({ description: 'Exchange at POST /auth/refresh. Absent for browsers.' })
  refreshToken?: string;
  @ApiPropertyOptional({ type: 'integer', description: 'Seconds the access token lives.', example: 600 })
  expiresIn?: number;
}

export class TokensDto {
  @ApiProperty()
  accessToken: string;
  @ApiProperty()
  refreshToken: string;
  @ApiProperty({ type: 'integer', example: 600 })
  expiresIn: number;
}

export class MyTenantDto extends TenantRefDto {
  @ApiProperty({ example: 'pro' })
  plan: string;
}

export class MyMembershipDto extends TenantRefDto {
  @ApiProperty({ example: 'owner' })
  role: string;
}

export class MeDto extends SignedInUserDto {
  @ApiProperty()
  emailVerified: boolean;
  @ApiProperty({ description: 'May also do what operators may.' })
  operator: boolean;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  @ApiProperty({ type: MyTenantDto, description: 'The tenant this request acts in.' })
  tenant: MyTenantDto;
  @ApiProperty({ example: 'owner', description: 'Role in that tenant.' })
  role: string;
  @ApiProperty({ type: [String], description: 'What this request may do, as the server will decide it.' })
  permissions: string[];
  @ApiProperty({ type: [MyMembershipDto], description: 'All tenants you may choose with the header `X-Tenant`.' })
  tenants: MyMembershipDto[];
}
