import { TENANT_ROLES, type TenantRole } from '@atelier/contracts';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { typeId } from '../../platform/ids/index.js';
import type { Member } from './member.js';

export class MemberDto {
  @ApiProperty({ example: 'usr_01k9…' })
  userId: string;
  @ApiProperty()
  name: string;
  @ApiProperty()
  email: string;
  @ApiProperty({ enum: TENANT_ROLES })
  role: string;
  @ApiProperty({ enum: ['active', 'inactive'] })
  status: string;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
}

export class MemberPageDto {
  @ApiProperty({ type: [MemberDto] })
  data: MemberDto[];
  @ApiProperty()
  hasMore: boolean;
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}

export class UpdateMemberDto {
  @ApiProperty({ enum: TENANT_ROLES, description: 'Only an owner makes or unmakes an owner; the last owner stays one.' })
  @IsIn(TENANT_ROLES)
  role: TenantRole;
}

export class RoleDto {
  @ApiProperty({ enum: TENANT_ROLES })
  role: string;
  @ApiProperty({ type: [String], example: ['job:create', 'asset:read'] })
  permissions: string[];
}

export class RolesDto {
  @ApiProperty({ type: [RoleDto] })
  data: RoleDto[];
}

export const toMemberDto = (member: Member): MemberDto => ({
  userId: typeId('usr', member.userId),
  name: member.name,
  email: member.email,
  role: member.role,
  status: member.status,
  createdAt: member.createdAt.toISOString(),
});
