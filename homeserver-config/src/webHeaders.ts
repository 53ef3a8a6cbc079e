/**
 * Headers of everything that the web front answers itself.
 *
 * - No inline script or style, nothing from elsewhere: a stored message that slips through cannot run and cannot call home.
 *   `wasm-unsafe-eval` lets the crypto's WebAssembly compile and allows no eval of script.
 * - blob: for images and media that were decrypted here, data: for the small pictures inside the style sheet.
 * - Opener and embedder policies keep other sites out of our process, where the keys are.
 */
export function securityHeaders(): Record<string, string> {
  return {
    'content-security-policy': Object.entries(POLICY)
      .map(([directive, value]) => `${directive} ${value}`)
      .join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy':
      'accelerometer=(), autoplay=(self), camera=(self), display-capture=(self), geolocation=(), gyroscope=(), ' +
      'magnetometer=(), microphone=(self), payment=(), usb=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
}

/** Laid over every answer that the web front passes on: opened as a page, it is an empty origin in which nothing runs. */
export const DISARMED: Readonly<Record<string, string>> = {
  'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Headers by which an answer could reach beyond itself: wipe the origin's storage, leave cookies in it, widen a service worker. */
export const UNWANTED = [
  'clear-site-data',
  'content-security-policy-report-only',
  'link',
  'refresh',
  'service-worker-allowed',
  'set-cookie',
  'strict-transport-security',
] as const;

const POLICY = {
  'default-src': "'none'",
  'script-src': "'self' 'wasm-unsafe-eval'",
  'style-src': "'self'",
  'img-src': "'self' blob: data:",
  'media-src': "'self' blob:",
  'font-src': "'self'",
  'connect-src': "'self'",
  'worker-src': "'self'",
  'manifest-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'self'",
  'frame-ancestors': "'none'",
};
