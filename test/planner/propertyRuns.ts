/**
 * How many random sweeps each property is tried on: 50 with the other tests, from a fixed seed; any number, from another
 * one, with SWEETSPOT_PROPERTY_RUNS (`npm run test:properties` takes 10,000).
 */
const wanted = Number(process.env.SWEETSPOT_PROPERTY_RUNS ?? 0);

export const propertyRuns =
  wanted > 0 ? { numRuns: wanted, timeoutMs: 3_600_000 } : { numRuns: 50, seed: 7, timeoutMs: 60_000 };
