import { JOB_STATUSES, type JobStatus, type Quality } from '@atelier/contracts';
import { ApiProperty } from '@nestjs/swagger';

export class SegmentSessionView {
  @ApiProperty({ example: 'job_01j9w3k4m5n6p7q8r9s0t1v2w3', description: 'Also the id of its job.' }) id!: string;
  @ApiProperty({ description: 'Asset id of the picture.' }) image!: string;
  @ApiProperty({ enum: ['fast', 'balanced', 'high'] }) quality!: Quality;
  @ApiProperty({ description: 'Whether it still takes clicks.' }) open!: boolean;
  @ApiProperty({ format: 'date-time', description: 'It takes clicks until then.' }) expiresAt!: string;
  @ApiProperty({ enum: JOB_STATUSES, description: 'Of its job.' }) status!: JobStatus;
}

export class MaskView {
  @ApiProperty({ example: 'ast_01jd2v9q4xe8k9m2c3b4a5d6e7' }) assetId!: string;
  @ApiProperty({ enum: ['image', 'video'] }) type!: 'image' | 'video';
  @ApiProperty({ description: 'Answers 302 to a signed address that holds for 5 minutes.' }) url!: string;
  @ApiProperty({ type: 'integer', nullable: true }) width!: number | null;
  @ApiProperty({ type: 'integer', nullable: true }) height!: number | null;
}

export class ClickView {
  @ApiProperty({ example: 'job_01j9w3k4m5n6p7q8r9s0t1v2w3' }) sessionId!: string;
  @ApiProperty({ type: MaskView, description: 'White is what was clicked on.' }) mask!: MaskView;
}
