/** The address of the crypto wasm in this build (see vite.config.ts). */
declare module 'besace-crypto-wasm' {
  const url: string;
  export default url;
}
