import { ApiProperty } from '@nestjs/swagger';
import { typeId } from '../../platform/ids/index.js';
import type { Session } from './session.js';

export class SessionDto {
  @ApiProperty({ example: 'ses_01k9…' })
  id: string;
  @ApiProperty({ enum: ['cookie', 'token'], description: '`cookie`: a browser. `token`: a program with access and refresh tokens.' })
  kind: string;
  @ApiProperty({ example: 'Firefox on Linux' })
  device: string;
  @ApiProperty({ nullable: true, type: String, description: 'Address of the last use seen.' })
  ip: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  @ApiProperty({ format: 'date-time', description: 'To the minute or so.' })
  lastUsedAt: string;
  @ApiProperty({ format: 'date-time' })
  expiresAt: string;
  @ApiProperty({ description: 'The session this request came by.' })
  current: boolean;
}

export class SessionListDto {
  @ApiProperty({ type: [SessionDto] })
  data: SessionDto[];
  @ApiProperty()
  hasMore: boolean;
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}

export const toSessionDto = (session: Session, currentId: string | undefined): SessionDto => ({
  id: typeId('ses', session.id),
  kind: session.kind,
  device: session.device,
  ip: session.ip,
  createdAt: session.createdAt.toISOString(),
  lastUsedAt: session.lastUsedAt.toISOString(),
  expiresAt: session.expiresAt.toISOString(),
  current: session.id === currentId,
});
