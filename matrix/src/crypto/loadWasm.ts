import { initAsync } from '@matrix-org/matrix-sdk-crypto-wasm';
import type { Platform } from '../platform/platform.ts';

/** Fetches and compiles the crypto's wasm, once a process; beside the SDK's code, which is loaded at the same time. */
export function loadWasm(platform: Pick<Platform, 'cryptoWasmUrl'>): Promise<void> {
  return initAsync(platform.cryptoWasmUrl ?? undefined);
}
