import { GPU_CLASSES } from '@atelier/contracts';
import { ApiProperty } from '@nestjs/swagger';

export const BOX_STATES = ['booting', 'ready', 'draining', 'quarantined', 'lost', 'gone'] as const;

export class BoxGpuDto {
  @ApiProperty({ example: 'NVIDIA A10G' })
  name: string;
  @ApiProperty({ type: 'integer', description: 'MiB' })
  vramMb: number;
  @ApiProperty({ type: 'integer', description: 'MiB' })
  vramUsedMb: number;
  @ApiProperty({ description: '0 to 1, of the GPU, or of the processor on a CPU box.' })
  utilisation: number;
  @ApiProperty({ nullable: true, type: String })
  driver: string | null;
  @ApiProperty({ nullable: true, type: 'integer', description: 'Last error number the GPU driver reported.' })
  xid: number | null;
}

export class BoxSecondsDto {
  @ApiProperty({ description: 'Engines at work.' })
  work: number;
  @ApiProperty({ description: 'Loading weights.' })
  load: number;
  @ApiProperty({ description: 'From launch to registration.' })
  boot: number;
  @ApiProperty({ description: 'Ready, with nothing to do.' })
  idle: number;
  @ApiProperty({ description: 'Asked to stop, finishing.' })
  drain: number;
  @ApiProperty({ description: 'Spent on attempts that were lost, given back or failed by no fault of the user.' })
  wasted: number;
  @ApiProperty({ description: 'From launch to the end, or to now; the sum of the others.' })
  lifetime: number;
}

export class BoxEngineDto {
  @ApiProperty({ example: 'builtin' })
  name: string;
  @ApiProperty({ example: '1.0.0' })
  version: string;
  @ApiProperty({ type: [String], example: ['txt2img', 'upscale'] })
  kinds: string[];
}

export class BoxDto {
  @ApiProperty({ example: 'box_01k9…' })
  id: string;
  @ApiProperty({ example: 'local', description: 'Name of the pool.' })
  pool: string;
  @ApiProperty({ enum: GPU_CLASSES })
  class: string;
  @ApiProperty({ enum: BOX_STATES })
  state: string;
  @ApiProperty({ nullable: true, type: String })
  stateReason: string | null;
  @ApiProperty({ nullable: true, type: String })
  zone: string | null;
  @ApiProperty({ enum: ['on_demand', 'spot'] })
  capacity: string;
  @ApiProperty({ nullable: true, type: String })
  agentVersion: string | null;
  @ApiProperty({ type: 'integer' })
  slots: number;
  @ApiProperty({ type: 'integer', description: 'Tasks on the box now.' })
  running: number;
  @ApiProperty({ format: 'date-time' })
  launchedAt: string;
  @ApiProperty({ nullable: true, type: String, format: 'date-time' })
  lastHeartbeatAt: string | null;
  @ApiProperty({ nullable: true, type: String, format: 'date-time' })
  endedAt: string | null;
  @ApiProperty({ type: BoxGpuDto, nullable: true })
  gpu: BoxGpuDto | null;
  @ApiProperty({ type: BoxSecondsDto, description: 'The box’s life by class, in seconds.' })
  seconds: BoxSecondsDto;
  @ApiProperty({ type: [BoxEngineDto] })
  engines: BoxEngineDto[];
}

export class BoxListDto {
  @ApiProperty({ type: [BoxDto], description: 'Living boxes, and those that ended within the last hour.' })
  data: BoxDto[];
}

export class FleetTasksDto {
  @ApiProperty({ type: 'integer' })
  blocked: number;
  @ApiProperty({ type: 'integer' })
  ready: number;
  @ApiProperty({ type: 'integer' })
  queued: number;
  @ApiProperty({ type: 'integer' })
  running: number;
  @ApiProperty({ type: 'integer' })
  stopping: number;
}

export class FleetBoxesDto {
  @ApiProperty({ type: 'integer' })
  booting: number;
  @ApiProperty({ type: 'integer' })
  ready: number;
  @ApiProperty({ type: 'integer' })
  draining: number;
  @ApiProperty({ type: 'integer' })
  quarantined: number;
  @ApiProperty({ type: 'integer' })
  lost: number;
}

export class FleetMetricsDto {
  @ApiProperty({ type: FleetTasksDto })
  tasks: FleetTasksDto;
  @ApiProperty({ type: FleetBoxesDto })
  boxes: FleetBoxesDto;
  @ApiProperty({ type: 'integer', description: 'Slots of the boxes that take work now.' })
  slots: number;
  @ApiProperty({ type: 'integer', description: 'Slots in use.' })
  busySlots: number;
  @ApiProperty({ description: 'busySlots / slots, 0 without slots.' })
  utilisation: number;
  @ApiProperty({ type: BoxSecondsDto, description: 'Of the living boxes and those that ended within the last hour.' })
  seconds: BoxSecondsDto;
}
