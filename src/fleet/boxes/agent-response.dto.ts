import type { LeasedTask, PassportKey, UploadGrant, WeightsRef } from '@atelier/contracts';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

const ANY_OBJECT = { type: 'object', additionalProperties: true } as const;

export class RegisteredDto {
  @ApiProperty({ example: 'box_01k9…' })
  boxId: string;
  @ApiProperty({ description: 'Bearer token of this box; the only credential it holds.' })
  token: string;
  @ApiProperty({ type: 'integer' })
  tokenTtlMs: number;
  @ApiProperty({ type: 'integer' })
  heartbeatMs: number;
  @ApiProperty({ type: 'integer' })
  leaseTtlMs: number;
  @ApiProperty({ type: 'integer' })
  longPollMs: number;
  @ApiProperty({ type: 'integer' })
  slots: number;
  @ApiProperty({ type: 'array', items: ANY_OBJECT, description: 'Public keys (JWK) that sign the passports of weights.' })
  passportKeys: PassportKey[];
}

export class LeaseAnswerDto {
  @ApiProperty({
    type: 'array',
    items: ANY_OBJECT,
    description: 'Tasks with parameters and signed addresses of their inputs; empty when the long poll ended without work.',
  })
  tasks: LeasedTask[];
  @ApiProperty({ description: 'Stop asking, finish what runs, release, exit.' })
  drain: boolean;
}

export class BeatVerdictDto {
  @ApiProperty()
  taskId: string;
  @ApiProperty({ type: 'integer' })
  attempt: number;
  @ApiProperty({ enum: ['continue', 'stop', 'superseded'] })
  verdict: 'continue' | 'stop' | 'superseded';
  @ApiPropertyOptional({ type: 'array', items: ANY_OBJECT, description: 'Signed PUT addresses, each bound to size and digest.' })
  uploads?: UploadGrant[];
}

export class HeartbeatAnswerDto {
  @ApiProperty({ type: [BeatVerdictDto] })
  tasks: BeatVerdictDto[];
  @ApiProperty()
  drain: boolean;
  @ApiPropertyOptional({ type: 'array', items: ANY_OBJECT, description: 'Weights worth having on disk; fetched when nothing else is.' })
  preload?: WeightsRef[];
  @ApiPropertyOptional({ description: 'The next token; the one before holds until it would have ended.' })
  token?: string;
  @ApiPropertyOptional({ type: 'integer' })
  tokenTtlMs?: number;
}

export class CompletedDto {
  @ApiProperty({ enum: [true] })
  accepted: true;
  @ApiProperty({ description: 'This same completion was recorded before.' })
  replayed: boolean;
}

export class ReleasedDto {
  @ApiProperty({ type: [String] })
  released: string[];
}
