import sharp from 'sharp';

// Every slot works on its own pictures: one thread each, and no cache that would outlive a changed file.
sharp.concurrency(1);
sharp.cache(false);

export { sharp };
