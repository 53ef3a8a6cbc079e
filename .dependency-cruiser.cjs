// The directions of dependency: protocol <- matrix <- client | bots, protocol <- appservices; slices meet only through index.ts.
const layer = (name, from, allowed) => ({
  name: `layer-${name}`,
  comment: `${name} imports only: ${allowed.join(', ') || 'nothing of ours'}`,
  severity: 'error',
  from: { path: `^${from}/` },
  to: {
    path: '^(protocol|matrix|client|appservices|bots|homeserver-config|scripts|test)/',
    pathNot: `^(${[from, ...allowed].join('|')})/`,
  },
});

/** Slices that may import another slice through its index. Keep it short, and say why. */
const sliceToSlice = [];

module.exports = {
  forbidden: [
    layer('protocol', 'protocol', []),
    layer('matrix', 'matrix', ['protocol']),
    layer('client', 'client', ['matrix', 'protocol']),
    layer('appservices', 'appservices', ['protocol']),
    layer('bots', 'bots', ['matrix', 'protocol']),
    layer('homeserver-config', 'homeserver-config', []),
    {
      name: 'sdk-only-in-matrix',
      comment: 'matrix/ is the only importer of the Matrix SDK and its crypto',
      severity: 'error',
      from: { pathNot: '^(matrix|test)/' },
      to: { path: 'node_modules/(matrix-js-sdk|@matrix-org/matrix-sdk-crypto-wasm)/' },
    },
    {
      name: 'local-copy-without-sdk',
      comment: 'the local copy is read before the SDK is loaded',
      severity: 'error',
      from: { path: '^matrix/src/(local|api)/' },
      to: { path: 'node_modules/(matrix-js-sdk|@matrix-org)/', reachable: true },
    },
    {
      name: 'slice-through-index',
      comment: 'a slice is imported from outside only through its index.ts',
      severity: 'error',
      from: { path: '^(bots/)?[^/]+/src/', pathNot: '/features/' },
      to: { path: '/src/features/[^/]+/', pathNot: '/src/features/[^/]+/index\\.ts$' },
    },
    {
      name: 'slice-to-slice',
      comment: 'slices of one package do not import one another',
      severity: 'error',
      from: { path: '^(.+)/src/features/([^/]+)/' },
      to: { path: '^$1/src/features/[^/]+/', pathNot: ['^$1/src/features/$2/', ...sliceToSlice] },
    },
    {
      name: 'ui-knows-no-feature',
      severity: 'error',
      from: { path: '^client/src/ui/' },
      to: { path: '^client/src/(features|app)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'protocol-is-pure',
      severity: 'error',
      from: { path: '^protocol/src/', pathNot: '(\\.test\\.ts|/testing/)' },
      to: { dependencyTypes: ['core'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^besace-crypto-wasm$' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(/dist/|\\.besace/)' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.vue', '.mjs', '.js', '.json'],
    },
    combinedDependencies: true,
  },
};
