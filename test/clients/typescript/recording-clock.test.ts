import { expect, test } from '@jest/globals'
import { RecordingClock } from '../../../clients/typescript/src/recording/clock.js'

const NOW = 1_800_000_000_000

test('what is made again in a millisecond is made later, and other things are not', () => {
  const clock = new RecordingClock()
  const times = [clock.timeOf(['a'], [], NOW), clock.timeOf(['b'], [], NOW), clock.timeOf(['a'], [], NOW)]
  expect(times).toEqual([NOW, NOW, NOW + 1])
  // In order with all that was told before, also where it is the first of its kind.
  expect(clock.timeOf(['c'], [], NOW)).toBe(NOW + 1)
  expect(clock.timeOf(['a'], [], NOW + 5)).toBe(NOW + 5)
})

test('what was used is not made anew in the same instant', () => {
  const clock = new RecordingClock()
  expect([clock.timeOf(['b'], ['a'], NOW), clock.timeOf(['a'], [], NOW)]).toEqual([NOW, NOW + 1])
})

test('it runs ahead by a second at most, and follows a clock that is set back', () => {
  const clock = new RecordingClock()
  let last = 0
  for (let at = 0; at < 5_000; at++) last = clock.timeOf(['a'], [], NOW)
  expect(last).toBe(NOW + 1_000)
  expect(clock.timeOf(['b'], [], NOW - 3_600_000)).toBe(NOW - 3_600_000 + 1_000)
})
