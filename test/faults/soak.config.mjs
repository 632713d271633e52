import shared from './jest.config.mjs'

/** `npm run soak`. */
export default { ...shared, testMatch: ['<rootDir>/test/faults/soak.ts'] }
