import { VISIBILITIES, type Visibility } from '@atelier/contracts';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Length, Matches, MaxLength, Min } from 'class-validator';
import { IsTypeId, PageQuery } from '../../platform/http/index.js';
import { FILM_TYPES } from './film-header.js';
import { ACCEPTED_TYPES } from './image-header.js';

export const ASSET_TYPES = ['image', 'video'] as const;
export type AssetType = (typeof ASSET_TYPES)[number];
export const SCOPES = ['mine', 'team', 'tenant'] as const;
export type Scope = (typeof SCOPES)[number];
/** Sides in pixels of the square that a thumbnail fits into. */
export const THUMBNAIL_SIZES = [256, 512, 1024] as const;
export type ThumbnailSize = (typeof THUMBNAIL_SIZES)[number];
export const REPORT_REASONS = ['illegal', 'sexual', 'violence', 'hate', 'likeness', 'copyright', 'other'] as const;
export type ReportReason = (typeof REPORT_REASONS)[number];
export const UPLOAD_PURPOSES = ['input', 'mask'] as const;
export type UploadPurpose = (typeof UPLOAD_PURPOSES)[number];

export class AssetView {
  @ApiProperty({ example: 'ast_01jd2v9q4xe8k9m2c3b4a5d6e7' }) id!: string;
  @ApiProperty({ enum: ASSET_TYPES }) type!: AssetType;
  @ApiProperty({ example: 'image/png' }) contentType!: string;
  @ApiProperty({ type: 'integer', description: 'Size of the stored file in bytes.' }) bytes!: number;
  @ApiProperty({ description: 'SHA-256 of the stored file, hexadecimal.' }) sha256!: string;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Pixels, as displayed.' }) width!: number | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Pixels, as displayed.' }) height!: number | null;
  @ApiProperty({ type: String, nullable: true }) filename!: string | null;
  @ApiProperty({ enum: VISIBILITIES }) visibility!: Visibility;
  @ApiProperty({ type: String, nullable: true, example: 'usr_01jd2v9q4xe8k9m2c3b4a5d6e7' }) ownerId!: string | null;
  @ApiProperty({ type: String, nullable: true }) teamId!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The job that made it; null for an upload.' }) jobId!: string | null;
  @ApiProperty({ description: 'True when an engine drew a placeholder instead of running a model.' }) simulated!: boolean;
  @ApiProperty({ type: String, nullable: true, description: 'Null for uploads, and when only the metadata is yours to see.' }) prompt!: string | null;
  @ApiProperty({ enum: ['content', 'metadata'], description: '`metadata`: you administer the tenant and may not open the content.' }) access!:
    'content' | 'metadata';
  @ApiProperty({ description: 'Answers 302 to a signed address that holds for 5 minutes.' }) url!: string;
  @ApiProperty({ type: String, nullable: true, description: 'The same with `size=512`; add another size as you need.' }) thumbnailUrl!: string | null;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
}

export class AssetRelative {
  @ApiProperty({ example: 'ast_01jd2v9q4xe8k9m2c3b4a5d6e7' }) id!: string;
  @ApiProperty({ example: 'image', description: 'The role the parent played: `image`, `mask`.' }) relation!: string;
  @ApiProperty({ description: 'True when it has been deleted since.' }) deleted!: boolean;
  @ApiProperty({ type: String, nullable: true }) thumbnailUrl!: string | null;
}

export class AssetLineage {
  @ApiProperty({ type: [AssetRelative], description: 'What this was made from, as far as you may see it.' }) parents!: AssetRelative[];
  @ApiProperty({ type: [AssetRelative], description: 'What was made from this, newest first, at most 50.' }) children!: AssetRelative[];
}

export class AssetCost {
  @ApiProperty({ example: '4', description: 'Credits charged for the whole job.' }) jobCharged!: string;
  @ApiProperty({ type: 'integer', description: 'Files that the job delivered.' }) outputs!: number;
  @ApiProperty({ example: '1', description: 'Credits of the job shared equally among its files, rounded down to 0.001.' }) share!: string;
  @ApiProperty({ description: 'Work seconds of the whole job.' }) gpuSeconds!: number;
  @ApiProperty({ type: String, nullable: true, example: 'A10G' }) gpuClass!: string | null;
  @ApiPropertyOptional({ description: 'Millionths of a dollar; only for those who may read costs.' }) costMicros?: string;
}

export class AssetDetail extends AssetView {
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'What made it: the parameters of the job, with the seed used.' }) parameters!: Record<
    string,
    unknown
  >;
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'What the engine said about it: engine, version, method.' }) metadata!: Record<
    string,
    unknown
  >;
  @ApiProperty({ type: AssetLineage }) lineage!: AssetLineage;
  @ApiProperty({ type: AssetCost, nullable: true, description: 'Null for uploads, and until the job has ended.' }) cost!: AssetCost | null;
}

export class AssetPage {
  @ApiProperty({ type: [AssetView] }) data!: AssetView[];
  @ApiProperty() hasMore!: boolean;
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class AssetQuery extends PageQuery {
  @ApiPropertyOptional({ enum: ASSET_TYPES })
  @IsOptional()
  @IsIn(ASSET_TYPES)
  type?: AssetType;
  @ApiPropertyOptional({ enum: SCOPES, description: '`tenant` shows owners and admins the metadata of everything. Default: all whose content you may see.' })
  @IsOptional()
  @IsIn(SCOPES)
  scope?: Scope;
  @ApiPropertyOptional({ example: 'job_01jd2v9q4xe8k9m2c3b4a5d6e7' })
  @IsOptional()
  @IsTypeId('job')
  jobId?: string;
  @ApiPropertyOptional({ enum: ['upload', 'job'], description: 'Where it came from.' })
  @IsOptional()
  @IsIn(['upload', 'job'])
  source?: 'upload' | 'job';
  @ApiPropertyOptional({ maxLength: 200, description: 'Words that the prompt or the file name contains.' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  q?: string;
}

export class PatchAssetBody {
  @ApiProperty({ enum: VISIBILITIES })
  @IsIn(VISIBILITIES)
  visibility!: Visibility;
}

export class ContentQuery {
  @ApiPropertyOptional({ enum: THUMBNAIL_SIZES, description: 'A WebP picture that fits into a square of this side; of a video, its first frame.' })
  @IsOptional()
  @Type(() => Number)
  @IsIn(THUMBNAIL_SIZES)
  size?: ThumbnailSize;
  @ApiPropertyOptional({ enum: ['keep', 'strip'], default: 'keep', description: '`strip`: without prompt, parameters, camera data.' })
  @IsOptional()
  @IsIn(['keep', 'strip'])
  metadata?: 'keep' | 'strip';
  @ApiPropertyOptional({ enum: ['1', 'true'], description: 'Save under its file name instead of showing it.' })
  @IsOptional()
  @IsIn(['1', 'true'])
  download?: '1' | 'true';
}

export class ReportBody {
  @ApiProperty({ enum: REPORT_REASONS })
  @IsIn(REPORT_REASONS)
  reason!: ReportReason;
  @ApiPropertyOptional({ maxLength: 2000 })
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  details?: string;
}

export class ReportView {
  @ApiProperty() assetId!: string;
  @ApiProperty({ enum: REPORT_REASONS }) reason!: ReportReason;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
}

export class UploadBody {
  @ApiProperty({ example: 'portrait.jpg', description: 'For people to recognise it by; never a path.' })
  @IsString()
  @Length(1, 255)
  filename!: string;
  @ApiProperty({ type: 'integer', minimum: 1, description: 'Exact size of the file in bytes.' })
  @IsInt()
  @Min(1)
  size!: number;
  @ApiProperty({ enum: [...ACCEPTED_TYPES, ...FILM_TYPES] })
  @IsString()
  @MaxLength(100)
  contentType!: string;
  @ApiPropertyOptional({ description: 'SHA-256 of the file, 64 hexadecimal digits; binds the address to exactly these bytes.' })
  @IsOptional()
  @Matches(/^[0-9a-f]{64}$/)
  sha256?: string;
  @ApiPropertyOptional({ enum: UPLOAD_PURPOSES, default: 'input' })
  @IsOptional()
  @IsIn(UPLOAD_PURPOSES)
  purpose?: UploadPurpose;
}

export class UploadView {
  @ApiProperty({ example: 'upl_01jd2v9q4xe8k9m2c3b4a5d6e7' }) uploadId!: string;
  @ApiProperty({ description: 'Send the file here with PUT.' }) url!: string;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, description: 'Send exactly these headers with the PUT.' }) headers!: Record<
    string,
    string
  >;
  @ApiProperty({ format: 'date-time', description: 'Until then the PUT and the completion are accepted.' }) expiresAt!: string;
}

export class AssetFileBody {
  @ApiProperty({ type: 'string', format: 'binary', description: 'PNG, JPEG or WebP of at most 40 megapixels; MP4 or WebM.' }) file!: unknown;
}

export class StorageByType {
  @ApiProperty({ enum: ASSET_TYPES }) type!: AssetType;
  @ApiProperty({ type: 'integer' }) count!: number;
  @ApiProperty({ type: 'integer' }) bytes!: number;
}

export class StorageStats {
  @ApiProperty({ type: 'integer' }) bytes!: number;
  @ApiProperty({ type: 'integer' }) count!: number;
  @ApiProperty({ type: [StorageByType] }) byType!: StorageByType[];
  @ApiProperty({ type: 'integer', nullable: true, description: 'What the plan holds; null: no limit.' }) quotaBytes!: number | null;
}
