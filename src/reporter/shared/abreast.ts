/** How many of a cell's pictures stand side by side, so that it is about square: four are two by two; never more than four. */
export const abreast = (pictures: number): number =>
  pictures <= 3 ? pictures : Math.min(4, Math.ceil(Math.sqrt(pictures)));
