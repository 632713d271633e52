import shared from '../../jest.config.mjs'

/** The tests that break things on purpose: `npm run test:faults`. */
export default {
  ...shared,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/faults/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  // What is measured here is not to wait for others.
  maxWorkers: 2,
  // Where the machine has other work too, all of this takes several times as long.
  testTimeout: 120_000,
}
