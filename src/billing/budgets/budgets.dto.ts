import { ApiProperty, ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { Type } from 'class-transformer';
import { CREDITS_PATTERN } from '../plans/index.js';
import {
  BUDGET_MODES,
  BUDGET_PERIODS,
  BUDGET_SCOPES,
  INCREASE_STATES,
  THRESHOLDS_DEFAULT,
  type BudgetMode,
  type BudgetPeriod,
  type BudgetScope,
  type IncreaseState,
} from './budget.js';

const ONE_LINE = /^(?=.*\S)\P{Cc}+$/u;
const CREDITS = 'must be a decimal string with at most three decimals, such as "100"';

export class NewBudgetBody {
  @ApiPropertyOptional({ minLength: 1, maxLength: 80, description: 'Default: made of scope and period.' })
  @IsOptional()
  @IsString()
  @Matches(ONE_LINE, { message: '$property must be one line with at least one visible character' })
  @Length(1, 80)
  name?: string;
  @ApiProperty({ enum: BUDGET_SCOPES, description: 'Whose spending it counts.' })
  @IsIn(BUDGET_SCOPES)
  scope!: BudgetScope;
  @ApiPropertyOptional({ example: 'usr_01jd2v9q4xe8k9m2c3b4a5d6e7', description: 'The team, person or key; not for scope `tenant`.' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  subjectId?: string;
  @ApiProperty({ enum: BUDGET_PERIODS, description: "Calendar days, ISO weeks or months of the organisation's time zone." })
  @IsIn(BUDGET_PERIODS)
  period!: BudgetPeriod;
  @ApiPropertyOptional({ enum: BUDGET_MODES, default: 'hard', description: '`hard` refuses jobs that do not fit, `soft` only tells.' })
  @IsOptional()
  @IsIn(BUDGET_MODES)
  mode?: BudgetMode;
  @ApiPropertyOptional({ example: '500', description: 'Credits in a period. This or `limitMicros`.' })
  @IsOptional()
  @Matches(CREDITS_PATTERN, { message: `limit ${CREDITS}` })
  limit?: string;
  @ApiPropertyOptional({ example: '10000000', description: 'Millionths of a dollar in a period, turned into credits at their value now.' })
  @IsOptional()
  @Matches(/^\d{1,15}$/, { message: 'limitMicros must be a whole number of millionths of a dollar, written as a string' })
  limitMicros?: string;
  @ApiPropertyOptional({ type: [Number], default: THRESHOLDS_DEFAULT, description: 'Per cent of the limit at which to tell, 1 to 100.' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(10)
  @ArrayUnique()
  @IsInt({ each: true })
  @Min(1, { each: true })
  @Max(100, { each: true })
  thresholds?: number[];
  @ApiPropertyOptional({ default: true, description: 'Tell also when the pace of spending would pass the limit before the period ends.' })
  @IsOptional()
  @IsBoolean()
  forecast?: boolean;
}

export class BudgetChangeBody extends OmitType(NewBudgetBody, ['scope', 'subjectId', 'period'] as const) {}

export class RehearsalBody extends OmitType(NewBudgetBody, ['name', 'mode', 'thresholds', 'forecast'] as const) {
  @ApiPropertyOptional({ format: 'date-time', description: 'Default: the begin of the last whole month of the organisation.' })
  @IsOptional()
  @IsISO8601({ strict: true })
  from?: string;
  @ApiPropertyOptional({ format: 'date-time', description: 'Exclusive. Default: the end of that month.' })
  @IsOptional()
  @IsISO8601({ strict: true })
  to?: string;
}

export class BudgetSpanResponse {
  @ApiProperty({ format: 'date-time' }) startsAt!: string;
  @ApiProperty({ format: 'date-time', description: 'Exclusive: then the next period begins.' }) endsAt!: string;
  @ApiProperty({ example: '120.5', description: 'Credits charged to jobs that began in it.' }) spent!: string;
  @ApiProperty({ example: '4', description: 'Credits held by those that have not ended.' }) held!: string;
  @ApiProperty({ example: '0', description: 'Increases approved for this period.' }) raised!: string;
}

export class BudgetCurrent extends BudgetSpanResponse {
  @ApiProperty({ example: '375.5', description: 'What may still be held.' }) left!: string;
  @ApiProperty({ type: 'integer', example: 24, description: 'Spent, in per cent of the limit and what was raised.' }) percent!: number;
  @ApiProperty({ type: String, nullable: true, example: '610', description: 'Where the pace of spending leads by the end; null: too early to tell.' })
  forecast!: string | null;
  @ApiProperty({ example: 'Europe/Berlin' }) timeZone!: string;
}

export class BudgetResponse {
  @ApiProperty({ example: 'bud_01jd2v9q4xe8k9m2c3b4a5d6e7' }) id!: string;
  @ApiProperty() name!: string;
  @ApiProperty({ enum: BUDGET_SCOPES }) scope!: BudgetScope;
  @ApiProperty({ type: String, nullable: true, description: 'null for the whole organisation.' }) subjectId!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Name of the person or key.' }) subjectName!: string | null;
  @ApiProperty({ enum: BUDGET_PERIODS }) period!: BudgetPeriod;
  @ApiProperty({ enum: BUDGET_MODES }) mode!: BudgetMode;
  @ApiProperty({ example: '500', description: 'Credits in a period.' }) limit!: string;
  @ApiProperty({ type: String, nullable: true, description: 'The limit as it was set in millionths of a dollar; null: set in credits.' })
  limitMicros!: string | null;
  @ApiProperty({ type: [Number] }) thresholds!: number[];
  @ApiProperty() forecast!: boolean;
  @ApiProperty({ format: 'date-time', description: 'It counts from then on.' }) createdAt!: string;
  @ApiProperty({ type: BudgetCurrent, description: 'The running period, cut by the function that enforces it.' }) current!: BudgetCurrent;
}

export class BudgetPage {
  @ApiProperty({ type: [BudgetResponse], description: 'Newest first.' }) data!: BudgetResponse[];
  @ApiProperty() hasMore!: boolean;
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class HistoryQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 100, default: 31, description: 'How many periods.' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 31;
}

export class BudgetHistory {
  @ApiProperty({ type: [BudgetSpanResponse], description: 'Newest first. A period without any job is not in it.' }) data!: BudgetSpanResponse[];
}

export class BudgetAlertResponse {
  @ApiProperty({ example: 'alr_01jd2v9q4xe8k9m2c3b4a5d6e7' }) id!: string;
  @ApiProperty() budgetId!: string;
  @ApiProperty() budgetName!: string;
  @ApiProperty({ example: '80', description: 'Per cent of the limit, or `forecast`.' }) threshold!: string;
  @ApiProperty({ format: 'date-time' }) startsAt!: string;
  @ApiProperty({ format: 'date-time' }) endsAt!: string;
  @ApiProperty({ description: 'Credits spent when it was raised.' }) spent!: string;
  @ApiProperty({ description: 'Credits, what was raised included.' }) limit!: string;
  @ApiProperty({ type: String, nullable: true }) forecast!: string | null;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
}

export class BudgetAlertPage {
  @ApiProperty({ type: [BudgetAlertResponse], description: 'Newest first.' }) data!: BudgetAlertResponse[];
  @ApiProperty() hasMore!: boolean;
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class IncreaseBody {
  @ApiProperty({ example: '50', description: 'Credits on top of the limit, in the running period only.' })
  @Matches(CREDITS_PATTERN, { message: `credits ${CREDITS}` })
  credits!: string;
  @ApiProperty({ maxLength: 500, description: 'Shown to those who decide, and kept in the audit log.' })
  @IsString()
  @Matches(ONE_LINE, { message: '$property must be one line with at least one visible character' })
  @Length(1, 500)
  reason!: string;
}

export class DecisionBody {
  @ApiProperty() @IsBoolean() approved!: boolean;
}

export class IncreaseResponse {
  @ApiProperty({ example: 'inc_01jd2v9q4xe8k9m2c3b4a5d6e7' }) id!: string;
  @ApiProperty() budgetId!: string;
  @ApiProperty() budgetName!: string;
  @ApiProperty({ example: '50' }) credits!: string;
  @ApiProperty() reason!: string;
  @ApiProperty({ enum: INCREASE_STATES }) state!: IncreaseState;
  @ApiProperty() askedBy!: string;
  @ApiProperty({ type: String, nullable: true }) askedByName!: string | null;
  @ApiProperty({ format: 'date-time' }) askedAt!: string;
  @ApiProperty({ type: String, nullable: true }) decidedBy!: string | null;
  @ApiProperty({ type: String, nullable: true, format: 'date-time' }) decidedAt!: string | null;
  @ApiProperty({ format: 'date-time', description: 'The period for which more is asked; with its end the increase ends.' }) startsAt!: string;
  @ApiProperty({ format: 'date-time' }) endsAt!: string;
}

export class IncreasePage {
  @ApiProperty({ type: [IncreaseResponse], description: 'Newest first.' }) data!: IncreaseResponse[];
  @ApiProperty() hasMore!: boolean;
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class RehearsedPeriodResponse {
  @ApiProperty({ format: 'date-time' }) startsAt!: string;
  @ApiProperty({ format: 'date-time' }) endsAt!: string;
  @ApiProperty({ type: 'integer' }) jobs!: number;
  @ApiProperty({ description: 'Credits charged to jobs that would have been let through.' }) spent!: string;
  @ApiProperty({ type: 'integer' }) refusedJobs!: number;
  @ApiProperty({ description: 'Credits that the refused jobs were charged in truth.' }) refused!: string;
  @ApiProperty({ type: String, nullable: true, format: 'date-time' }) firstRefusalAt!: string | null;
}

export class RehearsalResponse {
  @ApiProperty({ format: 'date-time' }) from!: string;
  @ApiProperty({ format: 'date-time' }) to!: string;
  @ApiProperty() timeZone!: string;
  @ApiProperty({ description: 'Credits in a period.' }) limit!: string;
  @ApiProperty({ type: 'integer' }) jobs!: number;
  @ApiProperty({ type: 'integer' }) refusedJobs!: number;
  @ApiProperty() refused!: string;
  @ApiProperty({ type: [RehearsedPeriodResponse] }) periods!: RehearsedPeriodResponse[];
}
