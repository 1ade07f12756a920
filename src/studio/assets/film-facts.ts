/** Measures of a film, kept as `film` in the metadata of its asset; whoever makes a film says them too. */
export interface FilmFacts {
  frames: number;
  fps: number;
  durationSeconds: number;
}
