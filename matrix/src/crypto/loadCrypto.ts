import { initAsync } from '@matrix-org/matrix-sdk-crypto-wasm';
import type { Platform } from '../platform/platform.ts';

/** Fetches and compiles the crypto's wasm, once a process, beside the part of the SDK's code that uses it. */
export async function loadCrypto(platform: Pick<Platform, 'cryptoWasmUrl'>): Promise<void> {
  // The SDK would load its own part only when the crypto is opened.
  const code = import('matrix-js-sdk/lib/rust-crypto/index.js');
  await Promise.all([initAsync(platform.cryptoWasmUrl ?? undefined), code]);
}
