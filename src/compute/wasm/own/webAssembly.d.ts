// The part of the WebAssembly API that the kernels use; TypeScript ships its types only with those of a browser.
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Memory {
    readonly buffer: SharedArrayBuffer;
    constructor(limits: { initial: number; maximum: number; shared: true });
  }
  class Global {
    readonly value: unknown;
  }
  class Instance {
    readonly exports: Record<string, unknown>;
    constructor(module: Module, imports: { env: { memory: Memory } });
  }
  function compile(bytes: Uint8Array): Promise<Module>;
}
