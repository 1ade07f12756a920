import { GPU_CLASSES } from '@atelier/contracts';
import { ApiProperty } from '@nestjs/swagger';

export class LaneDto {
  @ApiProperty({ example: 'lane_01k9…' })
  id: string;
  @ApiProperty({ example: 'local', description: 'Name of the pool.' })
  pool: string;
  @ApiProperty({ enum: GPU_CLASSES })
  class: string;
  @ApiProperty({ example: 'cpu', description: 'Base model whose weights stay loaded between the tasks of this lane.' })
  base: string;
  @ApiProperty({ type: 'integer', description: 'Tasks that wait in the database.' })
  ready: number;
  @ApiProperty({ type: 'integer', description: 'Tasks with a ticket: next to be taken by a box.' })
  queued: number;
  @ApiProperty({ type: 'integer' })
  running: number;
  @ApiProperty({ nullable: true, type: Number, description: 'How long the longest-waiting task has waited.' })
  oldestWaitSeconds: number | null;
  @ApiProperty({ nullable: true, type: Number, description: 'When a task submitted now would start; null while no box of the pool takes work.' })
  estimatedWaitSeconds: number | null;
}

export class LaneListDto {
  @ApiProperty({ type: [LaneDto] })
  data: LaneDto[];
}
