/**
 * The soft alpha of a photograph's subject, without a model: a panel of cuts on a thumbnail votes where the subject is, one cut in a
 * narrow band finds its edge on a middle-sized copy, and a guided filter softens it along the photograph's own edges.
 */
import { resized, type Picture } from '../picture.js';
import { refineEdge, type Refined } from './edge.js';
import { labOf } from './lab.js';
import { insideBars, type Frame } from './letterbox.js';
import { boxMean, scaled, type Plane } from './planes.js';
import { mainRegions } from './regions.js';
import { cutBand, cutSubject, likenessOf, type CutStyle, type View } from './subject-cut.js';
import { centrality, costFromBorder, subjectPrior } from './subject-prior.js';
import { superpixelsOf } from './superpixels.js';

/** Longer sides of the thumbnail and of the middle-sized copy. */
const SMALL = 200;
const MIDDLE = 640;
const PIECES = 300;
/** ΔE of a path that met no edge. */
const OPEN_COST = 2;

/** Cuts that err in different ways: with and without the enclosure prior, with and without sharpness, loose and stiff. */
const PANEL: readonly CutStyle[] = [
  { smoothness: 50, sharpness: 5, components: 5, enclosed: true },
  { smoothness: 50, sharpness: 10, components: 5, enclosed: false },
  { smoothness: 80, sharpness: 0, components: 5, enclosed: true },
  { smoothness: 50, sharpness: 0, components: 5, enclosed: false },
  { smoothness: 120, sharpness: 5, components: 5, enclosed: true },
  { smoothness: 50, sharpness: 5, components: 8, enclosed: false },
  { smoothness: 50, sharpness: 0, components: 5, enclosed: true },
];
export const MATTE_STEPS = PANEL.length + 2;

/** A subject outside these shares of the picture is no subject: nothing was found. */
const SUBJECT_LEAST = 0.003;
const SUBJECT_MOST = 0.98;

/** What has been found so far, as an alpha plane of the thumbnail or the middle-sized copy within `frame`. */
export type OnMask = (step: number, mask: Plane, frame: Frame) => Promise<void>;

/** @returns null when no subject stands out from the background. */
export async function findSubject(picture: Picture, onMask: OnMask = async () => undefined): Promise<Refined | null> {
  const frame = insideBars(picture.data, picture.channels, picture.width, picture.height);
  const inside = cropped(picture, frame);
  const middle = await limited(inside, MIDDLE);
  const small = await limited(inside, SMALL);
  const view = viewOf(small, sharpnessOf(middle));
  const mask = mainRegions(await majority(view, frame, onMask), small.width, small.height);
  const share = mask.reduce((sum, m) => sum + m, 0) / mask.length;
  if (share < SUBJECT_LEAST || share > SUBJECT_MOST) return null;
  const enlarged = scaled({ width: small.width, height: small.height, data: Float32Array.from(mask) }, middle.width, middle.height);
  const reach = Math.ceil((1.5 * middle.width) / small.width);
  const edge = cutBand(
    labOf(middle.data, middle.channels),
    middle.width,
    middle.height,
    Uint8Array.from(enlarged.data, (v) => (v > 0.5 ? 1 : 0)),
    reach,
  );
  const plane = { width: middle.width, height: middle.height, data: Float32Array.from(edge) };
  await onMask(PANEL.length + 1, plane, frame);
  return refineEdge(middle, plane, frame);
}

async function majority(view: View, frame: Frame, onMask: OnMask): Promise<Uint8Array> {
  const votes = new Float32Array(view.width * view.height);
  for (const [k, style] of PANEL.entries()) {
    const cut = cutSubject(view, style);
    for (let i = 0; i < votes.length; i++) votes[i]! += cut[i]!;
    await onMask(k + 1, { width: view.width, height: view.height, data: votes.map((v) => v / (k + 1)) }, frame);
  }
  return Uint8Array.from(votes, (v) => (v > PANEL.length / 2 ? 1 : 0));
}

function viewOf({ width, height, data, channels }: Picture, sharpness: Plane): View {
  const lab = labOf(data, channels);
  const pieces = superpixelsOf(lab, width, height, PIECES);
  const cost = costFromBorder(pieces);
  const prior = subjectPrior(pieces, cost);
  return {
    width,
    height,
    lab,
    likeness: likenessOf(lab, width, height),
    sharpness: scaled(sharpness, width, height).data,
    byPlace: Float32Array.from({ length: width * height }, (_, i) => centrality((i % width) / width, Math.floor(i / width) / height)),
    byEnclosure: Float32Array.from(pieces.labels, (k) => prior[k]!),
    openToBorder: Uint8Array.from(pieces.labels, (k) => (cost[k]! < OPEN_COST ? 1 : 0)),
  };
}

/** Logarithm of the mean fine detail around each pixel: high where the lens was in focus. */
function sharpnessOf({ width, height, data, channels }: Picture): Plane {
  const grey = Float32Array.from(
    { length: width * height },
    (_, i) => 0.2126 * data[i * channels]! + 0.7152 * data[i * channels + 1]! + 0.0722 * data[i * channels + 2]!,
  );
  const blurred = boxMean({ width, height, data: grey }, 1).data;
  const detail = boxMean(
    { width, height, data: grey.map((g, i) => Math.abs(g - blurred[i]!)) },
    Math.max(2, Math.round((4 * Math.max(width, height)) / SMALL)),
  );
  return { width, height, data: detail.data.map((d) => Math.log(0.3 + d)) };
}

function cropped(picture: Picture, { left, top, width, height }: Frame): Picture {
  if (width === picture.width && height === picture.height) return picture;
  const row = width * picture.channels;
  const data = new Uint8Array(row * height);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * picture.width + left) * picture.channels;
    data.set(picture.data.subarray(from, from + row), y * row);
  }
  return { width, height, channels: picture.channels, data };
}

function limited(picture: Picture, side: number): Promise<Picture> {
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  return resized(picture, Math.max(8, Math.round(picture.width * scale)), Math.max(8, Math.round(picture.height * scale)));
}
