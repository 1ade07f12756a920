import { ApiProperty, ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { JOB_STATUSES, OPERATIONS, VISIBILITIES, type JobStatus, type Operation, type Visibility, type WaitReason } from '@atelier/contracts';
import { IsIn, IsObject, IsOptional, IsString, Matches } from 'class-validator';
import { PageQuery } from '../../platform/http/index.js';

/** What may be said about any job, beside its parameters. */
export class JobOptionsDto {
  @ApiPropertyOptional({ description: 'The team whose budget pays; a team of the caller.', example: 'team_01j9w3k4m5n6p7q8r9s0t1v2w3' })
  @IsOptional()
  @IsString()
  teamId?: string;

  @ApiPropertyOptional({ enum: VISIBILITIES, default: 'private', description: 'Who may see the job and what it makes.' })
  @IsOptional()
  @IsIn(VISIBILITIES, { message: `visibility must be one of ${VISIBILITIES.join(', ')}` })
  visibility?: Visibility;
}

/** What a caller asks for; `parameters` are those of the operation (see the sugar paths, which take them as the body). */
export class SubmitJobDto extends JobOptionsDto {
  @ApiProperty({ enum: OPERATIONS, description: 'Which operation to run.' })
  @IsIn(OPERATIONS, { message: `operation must be one of ${OPERATIONS.join(', ')}` })
  operation: Operation;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'The body of the sugar path of this operation, e.g. that of POST /generate/txt2img.',
  })
  @IsObject()
  parameters: Record<string, unknown>;
}

export class EstimateDto extends PickType(SubmitJobDto, ['operation', 'parameters']) {}

export const JOB_SCOPES = ['mine', 'team', 'tenant'] as const;
export type JobScope = (typeof JOB_SCOPES)[number];

export class JobListQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'One status or several separated by commas.', example: 'queued,processing' })
  @IsOptional()
  @Matches(new RegExp(`^(${JOB_STATUSES.join('|')})(,(${JOB_STATUSES.join('|')}))*$`), {
    message: `status must be one or several of ${JOB_STATUSES.join(', ')}, separated by commas`,
  })
  status?: string;

  @ApiPropertyOptional({ enum: JOB_SCOPES, description: 'mine: my own; team: of my team; tenant: all I may see in the tenant. Default: all I may see.' })
  @IsOptional()
  @IsIn(JOB_SCOPES, { message: `scope must be one of ${JOB_SCOPES.join(', ')}` })
  scope?: JobScope;
}

export class QuoteLineView {
  @ApiProperty({ example: 'image' }) code: string;
  @ApiProperty({ example: 'Picture 512 × 512, 20 steps' }) description: string;
  @ApiProperty({ type: 'number' }) quantity: number;
  @ApiProperty({ description: 'Credits for one, decimal string.', example: '1' }) unit: string;
  @ApiProperty({ description: 'Credits for the line, decimal string.', example: '4' }) credits: string;
}
export class QuoteView {
  @ApiProperty({ type: 'integer', description: 'Version of the price list the quote was made with.' }) priceListVersion: number;
  @ApiProperty({ type: [QuoteLineView] }) lines: QuoteLineView[];
  @ApiProperty({ description: 'Sum of the lines in credits, decimal string.', example: '4' }) credits: string;
}
export class EstimateView {
  @ApiProperty({ type: 'integer' }) priceListVersion: number;
  @ApiProperty({ type: [QuoteLineView] }) lines: QuoteLineView[];
  @ApiProperty({ description: 'What the job would cost at most, decimal string.', example: '4' }) credits: string;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Seconds until the end in half of the cases; null while nothing is known.' }) etaSecondsP50:
    number | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Seconds until the end in nine of ten cases; null while nothing is known.' }) etaSecondsP90:
    number | null;
}

export class JobCreditsView {
  @ApiProperty({ description: 'Credits set aside now; "0" once the job has ended.', example: '1' }) held: string;
  @ApiProperty({ description: 'Credits paid.', example: '0' }) charged: string;
}
export class JobGpuView {
  @ApiProperty({ type: 'number', description: 'Seconds of a box, all attempts together, to the millisecond.' }) seconds: number;
  @ApiProperty({ type: 'string', nullable: true, example: 'A10G' }) class: string | null;
  @ApiProperty({ type: 'string', nullable: true, enum: ['on_demand', 'spot'] }) capacity: string | null;
  @ApiPropertyOptional({ description: 'Micro-dollars; only for those with cost:read.', example: '120' }) costMicros?: string;
}
export class JobOutputDto {
  @ApiProperty({ example: 'ast_01j9w3k4m5n6p7q8r9s0t1v2w3' }) assetId: string;
  @ApiProperty({ enum: ['image', 'video'] }) type: 'image' | 'video';
  @ApiProperty({ description: 'Answers 302 to a signed address of the content.' }) url: string;
  @ApiProperty({ type: 'integer', nullable: true }) width: number | null;
  @ApiProperty({ type: 'integer', nullable: true }) height: number | null;
}
export class JobErrorView {
  @ApiProperty({ example: 'unreadable_image' }) code: string;
  @ApiProperty() message: string;
}
export class FailedOutputView extends JobErrorView {
  @ApiProperty({ type: 'integer', description: 'Which picture of the batch, counted from 0.' }) index: number;
}

export class JobView {
  @ApiProperty({ example: 'job_01j9w3k4m5n6p7q8r9s0t1v2w3' }) id: string;
  @ApiProperty({ enum: OPERATIONS }) operation: Operation;
  @ApiProperty({ enum: JOB_STATUSES }) status: JobStatus;
  @ApiProperty({ type: 'number', minimum: 0, maximum: 1 }) progress: number;
  @ApiProperty({ type: 'string', nullable: true, example: 'sampling' }) stage: string | null;
  @ApiPropertyOptional({
    enum: ['position', 'plan_concurrency', 'no_capacity', 'model_loading', 'model_off', 'interrupted_retrying'],
    description: 'Why it waits.',
  })
  reason?: WaitReason;
  @ApiPropertyOptional({
    type: 'integer',
    description: 'Tasks until its next one starts, that one included; only while queued and only where one job is asked for.',
  })
  queuePosition?: number;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Seconds until the end, as far as anybody knows.' }) etaSeconds: number | null;
  @ApiProperty() cancelRequested: boolean;
  @ApiProperty({ enum: VISIBILITIES }) visibility: Visibility;
  @ApiProperty({ example: 'usr_01j9w3k4m5n6p7q8r9s0t1v2w3' }) ownerId: string;
  @ApiProperty({ type: 'string', nullable: true }) teamId: string | null;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'All parameters, defaults and seed included; null where the caller may see the job but not its content.',
  })
  parameters: Record<string, unknown> | null;
  @ApiProperty({ type: QuoteView }) quote: QuoteView;
  @ApiProperty({ type: JobCreditsView }) credits: JobCreditsView;
  @ApiProperty({ type: JobGpuView }) gpu: JobGpuView;
  @ApiProperty({ description: 'True: an engine drew a placeholder, no model was run.' }) simulated: boolean;
  @ApiProperty({ type: [JobOutputDto] }) outputs: JobOutputDto[];
  @ApiPropertyOptional({ type: [FailedOutputView], description: 'Pictures of the batch that could not be made; not charged.' })
  failedOutputs?: FailedOutputView[];
  @ApiPropertyOptional({ type: JobErrorView }) error?: JobErrorView;
  @ApiPropertyOptional({ format: 'date-time', description: 'Of a session: until then it takes more work.' }) openUntil?: string;
  @ApiProperty({ format: 'date-time' }) createdAt: string;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true }) startedAt: string | null;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true }) finishedAt: string | null;
}
export class JobPage {
  @ApiProperty({ type: [JobView] }) data: JobView[];
  @ApiProperty() hasMore: boolean;
  @ApiProperty({ type: 'string', nullable: true }) nextCursor: string | null;
}

export class JobStatusView {
  @ApiProperty() id: string;
  @ApiProperty({ enum: JOB_STATUSES }) status: JobStatus;
  @ApiProperty({ type: 'number' }) progress: number;
  @ApiProperty({ type: 'string', nullable: true }) stage: string | null;
  @ApiPropertyOptional() reason?: WaitReason;
  @ApiPropertyOptional({ type: 'integer' }) queuePosition?: number;
  @ApiProperty({ type: 'integer', nullable: true }) etaSeconds: number | null;
  @ApiProperty() cancelRequested: boolean;
  @ApiPropertyOptional({ type: JobErrorView }) error?: JobErrorView;
}
export class JobOutputsView {
  @ApiProperty({ enum: JOB_STATUSES }) status: JobStatus;
  @ApiProperty({ type: [JobOutputDto] }) outputs: JobOutputDto[];
  @ApiProperty({ type: [FailedOutputView] }) failedOutputs: FailedOutputView[];
}

export class JobLogEntry {
  @ApiProperty({ format: 'date-time' }) at: string;
  @ApiProperty({
    example: 'started',
    description: 'queued, held, starting, started, interrupted, cancel_requested, charged, returned, succeeded, failed, canceled',
  })
  event: string;
  @ApiProperty({ example: 'Work began.' }) message: string;
}
export class JobLogView {
  @ApiProperty({ type: [JobLogEntry] }) entries: JobLogEntry[];
}

export class ExplainedHoldView {
  @ApiProperty({ example: 'hld_01j9w3k4m5n6p7q8r9s0t1v2w3' }) id: string;
  @ApiProperty({ enum: ['open', 'settled', 'voided'] }) state: string;
  @ApiProperty({ example: '4' }) amount: string;
  @ApiProperty({ example: '3' }) charged: string;
  @ApiProperty({ type: 'string', nullable: true, description: 'Why it was given back; null when it was charged or is open.' }) reason: string | null;
  @ApiProperty({ format: 'date-time' }) openedAt: string;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true }) closedAt: string | null;
}
export class ExplainedEntryView {
  @ApiProperty({ type: 'integer', description: 'Its number in the ledger of the tenant.' }) seq: number;
  @ApiProperty({ example: 'settle' }) kind: string;
  @ApiProperty({ example: 'held' }) from: string;
  @ApiProperty({ example: 'revenue' }) to: string;
  @ApiProperty({ example: '3' }) amount: string;
  @ApiProperty({ type: 'string', nullable: true }) reason: string | null;
  @ApiProperty({ format: 'date-time' }) at: string;
}
export class ExplainedAllocationView {
  @ApiProperty({ example: 'grt_01j9w3k4m5n6p7q8r9s0t1v2w3' }) grantId: string;
  @ApiProperty({ example: 'plan', description: 'plan, operator or purchase' }) kind: string;
  @ApiProperty({ example: '4' }) held: string;
  @ApiProperty({ example: '3' }) charged: string;
}
export class ExplainedAttemptView {
  @ApiProperty({ example: 'task_01j9w3k4m5n6p7q8r9s0t1v2w3' }) taskId: string;
  @ApiProperty({ type: 'integer' }) attempt: number;
  @ApiProperty({ example: 'done', description: 'How it ended; lost and superseded attempts are never charged.' }) outcome: string;
  @ApiProperty({ example: 'A10G' }) class: string;
  @ApiProperty({ example: 'spot' }) capacity: string;
  @ApiProperty({ format: 'date-time' }) startedAt: string;
  @ApiProperty({ format: 'date-time' }) endedAt: string;
  @ApiProperty({ type: 'number' }) loadSeconds: number;
  @ApiProperty({ type: 'number' }) workSeconds: number;
  @ApiProperty({ type: 'number' }) wastedSeconds: number;
  @ApiProperty({ type: 'number', description: 'Seconds of a box, by the share of it that was used.' }) seconds: number;
  @ApiPropertyOptional({ example: 'gpu', description: 'This and what follows: only for those with cost:read.' }) line?: string;
  @ApiPropertyOptional({ type: 'integer', nullable: true }) rateVersion?: number | null;
  @ApiPropertyOptional({ example: '1000000' }) usdMicrosPerHour?: string;
  @ApiPropertyOptional({ type: 'integer', description: 'Millionths of the box.' }) sharePpm?: number;
  @ApiPropertyOptional({ example: '120' }) costMicros?: string;
}
export class JobExplainView {
  @ApiProperty() id: string;
  @ApiProperty({ enum: OPERATIONS }) operation: Operation;
  @ApiProperty({ enum: JOB_STATUSES }) status: JobStatus;
  @ApiProperty({ type: QuoteView }) quote: QuoteView;
  @ApiProperty({ type: JobCreditsView }) credits: JobCreditsView;
  @ApiProperty({ type: 'string', nullable: true, description: 'Who pays when: the sentence that decided the charge; null before the end.' }) rule:
    string | null;
  @ApiProperty({ type: ExplainedHoldView, description: 'The hold: amount, state, what was charged.' }) hold: ExplainedHoldView;
  @ApiProperty({ type: [ExplainedEntryView], description: 'The postings in the ledger.' }) entries: ExplainedEntryView[];
  @ApiProperty({ type: [ExplainedAllocationView], description: 'Which grants paid.' }) allocations: ExplainedAllocationView[];
  @ApiProperty({ type: [ExplainedAttemptView], description: 'Attempts on boxes with seconds, class and, with cost:read, the rate used.' })
  attempts: ExplainedAttemptView[];
  @ApiProperty({ type: JobGpuView }) gpu: JobGpuView;
}
