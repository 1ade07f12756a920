/** Somebody's need of an asset, for example that of a job that reads it. While there is one, the asset cannot be deleted. */
export interface Pin {
  assetId: string;
  /** What kind of thing holds it, such as `job`. */
  holderKind: string;
  holderId: string;
}
