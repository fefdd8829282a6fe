/** What the VAE says of one square picture: latents are drawn from this normal distribution. */
export interface Moments {
  /** [height, width, channels] of the latents. */
  shape: [number, number, number];
  /** In [H, W, C] order, as is `std`. */
  mean: Float32Array;
  std: Float32Array;
}
