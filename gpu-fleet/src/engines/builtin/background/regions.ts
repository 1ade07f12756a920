/** Clean-up of a mask by its connected regions (4-connected). */

/** Subject regions smaller than this share of the largest are dropped; the second car of a picture stays, a far passer-by's shirt goes. */
const KEPT_SHARE = 0.15;
/** Holes smaller than this share of the subject are filled: reflections and buttons, not the view between arm and body. */
const FILLED_SHARE = 0.01;

/** A new mask of the main regions without small holes. */
export function mainRegions(mask: Uint8Array, width: number, height: number): Uint8Array {
  const { region, area } = regionsOf(mask, width, height);
  const largest = mask.reduce((most, m, i) => (m ? Math.max(most, area[region[i]!]!) : most), 0);
  const kept = mask.map((m, i) => (m && area[region[i]!]! >= KEPT_SHARE * largest ? 1 : 0));
  const after = regionsOf(kept, width, height);
  const subject = kept.reduce((sum, k) => sum + k, 0);
  return kept.map((k, i) => (k || after.area[after.region[i]!]! < FILLED_SHARE * subject ? 1 : 0));
}

function regionsOf(mask: Uint8Array, width: number, height: number): { region: Int32Array; area: number[] } {
  const region = new Int32Array(mask.length).fill(-1);
  const area: number[] = [];
  const queue = new Int32Array(mask.length);
  for (let start = 0; start < mask.length; start++) {
    if (region[start] !== -1) continue;
    let head = 0,
      tail = 0;
    queue[tail++] = start;
    region[start] = area.length;
    const visit = (i: number) => {
      if (region[i] !== -1 || mask[i] !== mask[start]) return;
      region[i] = area.length;
      queue[tail++] = i;
    };
    while (head < tail) {
      const i = queue[head++]!;
      const x = i % width;
      if (x > 0) visit(i - 1);
      if (x < width - 1) visit(i + 1);
      if (i >= width) visit(i - width);
      if (i < width * (height - 1)) visit(i + width);
    }
    area.push(tail);
  }
  return { region, area };
}
