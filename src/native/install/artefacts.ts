import { SweetspotError } from '../../core/errors.ts';
import { type NativeVariant, TENSORFLOW_VERSION, TFJS_NODE_VERSION } from '../nativeVersions.ts';

/** A file that an installation is made of, as npm or pip names it, with the content that it must have. */
export interface Artefact {
  from: 'npm' | 'pypi';
  /** What npm or pip is asked for. */
  spec: string;
  file: string;
  /** Platform tags for pip, any of which the wheel may have. */
  platforms: readonly string[];
  /** Bytes; for the progress only. */
  size: number;
  sha256: string;
}

/** tfjs' native backend: its JavaScript and the sources of its addon. */
export const TFJS_NODE = npm(
  '@tensorflow/tfjs-node-gpu',
  TFJS_NODE_VERSION,
  223_379,
  'afd5599ee1662e732c00a0ad1f52a3d001bdc118a1f44bd592a0a0ebf2daa4c7',
);

/** The headers of Node's stable native interface; a Node without its own headers is the usual case. */
export const NODE_HEADERS = npm(
  'node-api-headers',
  '1.9.0',
  16_974,
  '6cbfac49542194ae2c8f1dee5fa2dc00d66bec9cbf3b59e3a4e5f16d14eb0d19',
);

const TENSORFLOW_CPU_X64 = wheel(
  'tensorflow-cpu',
  TENSORFLOW_VERSION,
  'cp312-cp312-manylinux_2_27_x86_64',
  274_000_871,
  'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb',
);

/** There is no CUDA in the wheel for arm64, whatever its name. */
const TENSORFLOW_CPU_ARM64 = wheel(
  'tensorflow',
  TENSORFLOW_VERSION,
  'cp312-cp312-manylinux_2_27_aarch64',
  265_000_000,
  'b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552',
);

/** TensorFlow with CUDA 12, and the libraries that its extra `and-cuda` asks for. */
const TENSORFLOW_CUDA_X64 = [
  wheel(
    'tensorflow',
    TENSORFLOW_VERSION,
    'cp312-cp312-manylinux_2_27_x86_64',
    572_611_111,
    'b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0',
  ),
  nvidia(
    'nvidia-cublas-cu12',
    '12.9.3.13',
    'manylinux_2_27_x86_64',
    581_217_458,
    'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72',
  ),
  nvidia(
    'nvidia-cuda-cupti-cu12',
    '12.8.90',
    'manylinux2014_x86_64.manylinux_2_17_x86_64',
    10_248_621,
    'ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182',
  ),
  nvidia(
    'nvidia-cuda-nvcc-cu12',
    '12.9.86',
    'manylinux2010_x86_64.manylinux_2_12_x86_64',
    40_546_229,
    '5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0',
  ),
  nvidia(
    'nvidia-cuda-nvrtc-cu12',
    '12.9.86',
    'manylinux2010_x86_64.manylinux_2_12_x86_64',
    89_568_129,
    '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4',
  ),
  nvidia(
    'nvidia-cuda-runtime-cu12',
    '12.9.79',
    'manylinux2014_x86_64.manylinux_2_17_x86_64',
    3_493_179,
    '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3',
  ),
  nvidia(
    'nvidia-cudnn-cu12',
    '9.28.0.42',
    'manylinux_2_27_x86_64',
    716_538_495,
    '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375',
  ),
  nvidia(
    'nvidia-cufft-cu12',
    '11.4.1.4',
    'manylinux2014_x86_64.manylinux_2_17_x86_64',
    200_877_592,
    'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28',
  ),
  nvidia(
    'nvidia-curand-cu12',
    '10.3.10.19',
    'manylinux_2_27_x86_64',
    68_295_626,
    '49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e',
  ),
  nvidia(
    'nvidia-cusolver-cu12',
    '11.7.5.82',
    'manylinux_2_27_x86_64',
    338_117_415,
    '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88',
  ),
  nvidia(
    'nvidia-cusparse-cu12',
    '12.5.10.65',
    'manylinux2014_x86_64.manylinux_2_17_x86_64',
    366_465_088,
    '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78',
  ),
  nvidia(
    'nvidia-nccl-cu12',
    '2.32.3',
    'manylinux_2_27_x86_64',
    351_526_311,
    'bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c',
  ),
  nvidia(
    'nvidia-nvjitlink-cu12',
    '12.9.86',
    'manylinux2010_x86_64.manylinux_2_12_x86_64',
    39_748_338,
    'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9',
  ),
];

/**
 * The wheels of a variant on this platform.
 * @throws E_BACKEND where TensorFlow offers none
 */
export function wheelsOf(
  variant: NativeVariant,
  platform = process.platform,
  arch = process.arch,
): Artefact[] {
  const target = `${platform}-${arch}`;
  if (target === 'linux-x64') return variant === 'cuda' ? TENSORFLOW_CUDA_X64 : [TENSORFLOW_CPU_X64];
  if (target === 'linux-arm64' && variant === 'cpu') return [TENSORFLOW_CPU_ARM64];
  throw new SweetspotError('E_BACKEND', `native TensorFlow (${variant}) cannot be had on this platform`, {
    allowed: 'linux-x64; linux-arm64 without CUDA',
    got: target,
    hint: platform === 'win32' ? 'Use WSL, or --backend wasm' : 'Use --backend wasm',
  });
}

function npm(name: string, version: string, size: number, sha256: string): Artefact {
  const file = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
  return { from: 'npm', spec: `${name}@${version}`, file, platforms: [], size, sha256 };
}

function wheel(name: string, version: string, tags: string, size: number, sha256: string): Artefact {
  const platforms = (tags.split('-').at(-1) ?? '').split('.');
  const file = `${name.replaceAll('-', '_')}-${version}-${tags}.whl`;
  return { from: 'pypi', spec: `${name}==${version}`, file, platforms, size, sha256 };
}

function nvidia(name: string, version: string, platform: string, size: number, sha256: string): Artefact {
  return wheel(name, version, `py3-none-${platform}`, size, sha256);
}
