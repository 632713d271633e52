/** Tests run from the sources; what is installed and started as a program (test/package) is built first. */
export default {
  testEnvironment: '<rootDir>/test/harness/environment.mjs',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // Those are run by test/faults/jest.config.mjs.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/faults/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true },
          target: 'es2022',
          keepClassNames: true,
        },
        module: { type: 'es6' },
      },
    ],
  },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  globalSetup: '<rootDir>/test/harness/global-setup.mjs',
  globalTeardown: '<rootDir>/test/harness/global-teardown.mjs',
  // Where tests beside each other have the cores, one may take several times as long as alone.
  testTimeout: 60_000,
  testSequencer: '<rootDir>/test/harness/sequencer.mjs',
  // More than there are cores in CI: many tests wait, for a browser, a receiver or a time.
  maxWorkers: 4,
}
