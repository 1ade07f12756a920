import { GPU_CLASSES, type GpuClass } from '@atelier/contracts';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsNotEmptyObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { CREDITS_PATTERN } from './credits.js';

/** Required, but may be null: null means "no limit". */
const OrNoLimit = (): PropertyDecorator => ValidateIf((_, value) => value !== null);
const countMax = 1_000_000_000;

export class PlanLimitsDto {
  @ApiProperty({ type: 'integer', nullable: true, description: 'API calls per minute, per key or session. null: no limit.' })
  @OrNoLimit()
  @IsInt()
  @Min(1)
  @Max(countMax)
  apiPerMinute!: number | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'null: no limit.' })
  @OrNoLimit()
  @IsInt()
  @Min(0)
  @Max(countMax)
  generationsPerHour!: number | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'null: no limit.' })
  @OrNoLimit()
  @IsInt()
  @Min(0)
  @Max(countMax)
  uploadsPerHour!: number | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Jobs that run at once; further ones wait. null: no limit.' })
  @OrNoLimit()
  @IsInt()
  @Min(1)
  @Max(countMax)
  runningJobs!: number | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Longest side in pixels of what is synthesised or enlarged. null: what the engines can do.' })
  @OrNoLimit()
  @IsInt()
  @Min(64)
  @Max(65_536)
  sideMax!: number | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'null: no limit.' })
  @OrNoLimit()
  @IsInt()
  @Min(0)
  @Max(countMax)
  videosPerMonth!: number | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'null: no limit.' })
  @OrNoLimit()
  @IsInt()
  @Min(0)
  @Max(countMax)
  customModels!: number | null;
  @ApiProperty({ enum: GPU_CLASSES, isArray: true, description: 'Classes of boxes that may run its jobs; CPU always may.' })
  @IsArray()
  @ArrayUnique()
  @IsIn(GPU_CLASSES, { each: true })
  gpuClasses!: GpuClass[];
  @ApiProperty({ description: 'May have API keys.' })
  @IsBoolean()
  apiKeys!: boolean;
  @ApiProperty({ description: 'Single sign-on, SCIM and audit export.' })
  @IsBoolean()
  sso!: boolean;
  @ApiProperty({ type: 'integer', minimum: 1, description: 'Share of the fleet beside other tiers.' })
  @IsInt()
  @Min(1)
  @Max(1000)
  weight!: number;
  @ApiProperty({ type: 'integer', nullable: true, description: 'null: no limit.' })
  @OrNoLimit()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  storageBytes!: number | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Active members. null: no limit.' })
  @OrNoLimit()
  @IsInt()
  @Min(1)
  @Max(countMax)
  seats!: number | null;
}

export class PlanVersionResponse {
  @ApiProperty({ example: 'pro' }) plan!: string;
  @ApiProperty({ type: 'integer', description: 'Tenants keep the version they were given.' }) version!: number;
  @ApiProperty({ example: 'Pro' }) name!: string;
  @ApiProperty({ type: String, nullable: true, example: '49000000', description: 'Millionths of a dollar per month; null: by contract.' })
  priceMicrosPerMonth!: string | null;
  @ApiProperty({ type: String, nullable: true, example: '12000000', description: 'Of each seat beyond those of the plan, per month; null: none is sold.' })
  seatPriceMicros!: string | null;
  @ApiProperty({ example: '5000' }) creditsPerMonth!: string;
  @ApiProperty({ type: PlanLimitsDto }) limits!: PlanLimitsDto;
  @ApiProperty({ format: 'date-time' }) effectiveFrom!: string;
  @ApiProperty({ description: 'false: made for one customer, given by its number only.' }) offered!: boolean;
}

export class PlanListResponse {
  @ApiProperty({ type: [PlanVersionResponse], description: 'Every version, the newest of each plan first.' }) data!: PlanVersionResponse[];
}

export class PlanPeriodResponse {
  @ApiProperty({ format: 'date-time' }) startsAt!: string;
  @ApiProperty({ format: 'date-time', description: 'The credits of the plan that are left then expire, and the next ones are granted.' }) endsAt!: string;
}

export class TenantPlanResponse extends PlanVersionResponse {
  @ApiProperty({ type: PlanPeriodResponse }) period!: PlanPeriodResponse;
  @ApiProperty({
    example: '20000',
    description: 'What a credit is worth in budgets that are set in dollars: by contract, else the list value; millionths of a dollar.',
  })
  creditMicros!: string;
}

export class NewPlanBody {
  @ApiProperty({ example: 'studio-x', description: 'Of an existing plan: makes its next version. Lower case letters, digits and dashes.' })
  @Matches(/^[a-z][a-z0-9-]{1,39}$/, { message: 'plan must be 2 to 40 lower case letters, digits and dashes, and start with a letter' })
  plan!: string;
  @ApiProperty({ maxLength: 80 })
  @IsString()
  @Length(1, 80)
  name!: string;
  @ApiPropertyOptional({ type: String, nullable: true, example: '49000000', description: 'Millionths of a dollar per month; null: by contract.' })
  @IsOptional()
  @Matches(/^\d{1,15}$/, { message: 'priceMicrosPerMonth must be a whole number of millionths of a dollar, written as a string' })
  priceMicrosPerMonth?: string | null;
  @ApiPropertyOptional({ type: String, nullable: true, example: '12000000', description: 'Of each seat beyond those of the plan; null: none is sold.' })
  @IsOptional()
  @Matches(/^\d{1,15}$/, { message: 'seatPriceMicros must be a whole number of millionths of a dollar, written as a string' })
  seatPriceMicros?: string | null;
  @ApiProperty({
    example: '5000',
    description: 'Granted at the start of each period. Credits are never without limit: by contract means "0" here and grants beside it.',
  })
  @Matches(CREDITS_PATTERN, { message: 'creditsPerMonth must be a decimal string with at most three decimals, such as "5000"' })
  creditsPerMonth!: string;
  @ApiProperty({ type: PlanLimitsDto })
  @IsNotEmptyObject()
  @ValidateNested()
  @Type(() => PlanLimitsDto)
  limits!: PlanLimitsDto;
  @ApiPropertyOptional({ format: 'date-time', description: 'From when it may be given to tenants. Default: now.' })
  @IsOptional()
  @IsISO8601({ strict: true })
  effectiveFrom?: string;
  @ApiPropertyOptional({ default: true, description: 'false: made for one customer. It is shown to nobody else, and given by its number only.' })
  @IsOptional()
  @IsBoolean()
  offered?: boolean;
}

export class SetPlanBody {
  @ApiProperty({ example: 'pro', description: 'The newest version on offer is given, or the one that is named. Its period begins now.' })
  @IsString()
  @Length(1, 40)
  plan!: string;
  @ApiPropertyOptional({ type: 'integer', minimum: 1, description: 'A version made for this customer, or an older one.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(countMax)
  version?: number;
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: '16000',
    description:
      'What a credit is worth by contract, in millionths of a dollar; null: the list value of 20000. Left out: stays. Budgets keep the value they were set with.',
  })
  @ValidateIf((_, value) => value !== null && value !== undefined)
  @Matches(/^[1-9]\d{0,8}$/, { message: 'creditMicros must be a whole number of millionths of a dollar from 1 to 999999999, written as a string, or null' })
  creditMicros?: string | null;
}
