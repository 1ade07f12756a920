import { PARAMETER_LIMITS } from '@atelier/contracts';

export interface Size {
  width: number;
  height: number;
}

const WITHOUT_PICTURE = 512;

const side = (pixels: number, most: number): number => {
  const { sideMin, sideMultiple } = PARAMETER_LIMITS;
  return Math.min(Math.max(Math.round(pixels / sideMultiple) * sideMultiple, sideMin), Math.floor(most / sideMultiple) * sideMultiple);
};

/** The picture's own size, rounded and scaled into `most`; of one side that was asked for, the other follows by the picture's shape. */
export function fittedSize(picture: Size | null, asked: { width?: number | null; height?: number | null }, most: number): Size {
  const { width, height } = picture ?? { width: WITHOUT_PICTURE, height: WITHOUT_PICTURE };
  if (asked.width && asked.height) return { width: asked.width, height: asked.height };
  if (asked.width) return { width: asked.width, height: side((asked.width * height) / width, most) };
  if (asked.height) return { width: side((asked.height * width) / height, most), height: asked.height };
  const scale = Math.min(1, most / Math.max(width, height));
  return { width: side(width * scale, most), height: side(height * scale, most) };
}
