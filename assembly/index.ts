// Every kernel is called as kernel(description, from, to, scratch) and does units [from, to) of the work described at
// `description`: 32-bit fields in the heap. Memory is imported and shared; there is no data, no allocator and no state.
export { product } from './product';
export { PRODUCT_SCRATCH } from './productLayout';
