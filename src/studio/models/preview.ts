import sharp from 'sharp';

export const PREVIEW_TYPE = 'image/webp';
/** What may be sent, or lie in the header of a file of weights. */
export const PREVIEW_BYTES_MAX = 10 * 1024 * 1024;
const SIDE = 512;
const PIXELS_MAX = 40_000_000;
const SECONDS_MAX = 15;

/** Where it lies; a new picture gets a new place, so that no cache shows the old one. */
export const previewKey = (tenantId: string, modelId: string, pictureId: string): string => `t/${tenantId}/model/${modelId}/${pictureId}.webp`;

const KINDS = ['jpeg', 'png', 'webp'];

/** A WebP that fits into a square, without metadata. Whatever came is drawn anew, so that nothing but a picture is ever shown. Throws for what is none. */
export async function drawPreview(file: Buffer): Promise<Buffer> {
  const picture = sharp(file, { limitInputPixels: PIXELS_MAX, failOn: 'error', sequentialRead: true, autoOrient: true });
  const { format } = await picture.metadata();
  if (!KINDS.includes(format)) throw new Error(`${format} is not taken as a picture of a model`);
  return picture.timeout({ seconds: SECONDS_MAX }).resize(SIDE, SIDE, { fit: 'inside', withoutEnlargement: true }).webp({ quality: 82, effort: 2 }).toBuffer();
}
