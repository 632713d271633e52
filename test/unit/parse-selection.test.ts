import { describe, expect, test } from '@jest/globals'
import { parseSelection } from '../../src/lineage/selection/parse-selection.js'
import type { Selection } from '../../src/lineage/selection/selection.js'

const parse = (text: string) => parseSelection('selection', text)

function faultOf(text: string): string {
  try {
    parse(text)
  } catch (error) {
    return (error as Error).message
  }
  throw new Error(`${text} is read`)
}

const key = (...parts: string[]): Selection => ({ is: 'key', parts })
const [a, b, c] = [key('a'), key('b'), key('c')]
const reach = (of: Selection, up: number, down: number): Selection => ({ is: 'reach', of, up, down })
const everything: Selection = { is: 'and', of: [] }

describe('a selection is read', () => {
  test.each<[string, Selection]>([
    ['a', a],
    ['"a"', a],
    ['key:a', a],
    ['KEY:"a"', a],
    ['ocr/text-2.x_y@z', key('ocr/text-2.x_y@z')],
    ['2024/é', key('2024/é')],
    ['"2024"', key('2024')],
    ['ocr/*', key('ocr/', '')],
    ['"ocr/*.*"', key('ocr/', '.', '')],
    ['"a \\"b\\" \\\\ \\*"', key('a "b" \\ *')],
    ['key:s3://x/y=1', key('s3://x/y=1')],
    ['nothing', key('nothing')],
    ['roots', key('roots')],
    ['"and"', key('and')],
    ['key:and', key('and')],
    ['*', everything],
    ['key:"**"', everything],
    ['kind:json', { is: 'kind', value: 'json' }],
    ['kind:"a*b"', { is: 'kind', value: 'a*b' }],
    ['tag:team', { is: 'tag', name: 'team', value: null }],
    ['tag:team=ocr', { is: 'tag', name: 'team', value: 'ocr' }],
    ['tag:"a b"="c=d"', { is: 'tag', name: 'a b', value: 'c=d' }],
    ['tag:team=""', { is: 'tag', name: 'team', value: '' }],
    ['owner:team:ocr', { is: 'owner', value: 'team:ocr' }],
    ['owner:me@example.com', { is: 'owner', value: 'me@example.com' }],
    ['namespace:lake', { is: 'namespace', value: 'lake' }],
    ['status:STALE', { is: 'status', status: 'stale' }],
    ['status:retired', { is: 'retired' }],
    ['+a', reach(a, Number.POSITIVE_INFINITY, 0)],
    ['a+', reach(a, 0, Number.POSITIVE_INFINITY)],
    ['2+a+3', reach(a, 2, 3)],
    [' 2 + a + 3 ', reach(a, 2, 3)],
    ['+(a or b)+', reach({ is: 'or', of: [a, b] }, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)],
    ['roots(a)', { is: 'roots', of: a }],
    ['Sinks (a)+', reach({ is: 'sinks', of: a }, 0, Number.POSITIVE_INFINITY)],
    ['not a', { is: 'not', of: a }],
    ['not not a', a],
    ['NOT(not not a)', { is: 'not', of: a }],
    ['a and b', { is: 'and', of: [a, b] }],
    ['a\nAND\tb and c', { is: 'and', of: [a, b, c] }],
  ])('%s', (text, selection) => {
    expect(parse(text)).toEqual(selection)
  })

  test('hops bind more tightly than not, not more tightly than and, and more tightly than or', () => {
    expect(parse('a or not b and +c')).toEqual({
      is: 'or',
      of: [a, { is: 'and', of: [{ is: 'not', of: b }, reach(c, Number.POSITIVE_INFINITY, 0)] }],
    })
    expect(parse('(a or b) and c')).toEqual({ is: 'and', of: [{ is: 'or', of: [a, b] }, c] })
  })
})

const OPERAND = 'a key or an attribute like `kind:`'

describe('what is wrong is said, with its column', () => {
  test.each([
    ['a b', 'column 3: expected `+`, `and`, `or` or the end, got "b"'],
    ['a and', `column 6: expected \`(\`, \`+\`, \`not\`, \`roots(\`, \`sinks(\`, ${OPERAND}, got the end`],
    ['and', `column 1: expected \`(\`, \`+\`, \`not\`, \`roots(\`, \`sinks(\`, ${OPERAND}, got "and"`],
    [
      'a and and b',
      `column 7: expected \`(\`, \`+\`, \`not\`, \`roots(\`, \`sinks(\`, ${OPERAND}, got "and"`,
    ],
    ['+not a', `column 2: expected \`(\`, \`roots(\`, \`sinks(\`, ${OPERAND}, got "not"`],
    ['++a', `column 2: expected \`(\`, \`roots(\`, \`sinks(\`, ${OPERAND}, got "+"`],
    ['2024', `column 1: expected \`(\`, \`+\`, \`not\`, \`roots(\`, \`sinks(\`, ${OPERAND}, got "2024"`],
    ['a+2b', 'column 3: expected `and`, `or` or the end, got "2b"'],
    ['(a', 'column 3: expected `)`, `+`, `and` or `or`, got the end'],
    ['a)', 'column 2: expected `+`, `and`, `or` or the end, got ")"'],
    ['roots(a', 'column 8: expected `)`, `+`, `and` or `or`, got the end'],
    ['kind:', 'column 6: expected a value, got the end'],
    ['kind:a*', 'column 7: expected `+`, `and`, `or` or the end, got "*"'],
    ['tag:=x', 'column 5: expected a name, got "=x"'],
    ['tag:x=', 'column 7: expected a value, got the end'],
    ['status:old', 'column 8: expected stale, fresh, missing, retired, got "old"'],
    [
      'a and group:x',
      'column 12: expected one of the attributes key, kind, tag, owner, namespace, status; or quotes around a key with a colon, got ":"',
    ],
    ['a and "b', 'column 9: expected `"`, got the end'],
    ['"a\\n"', 'column 3: expected `"`, `\\` or `*` behind it, got `\\`'],
    // Characters are counted, not the units of UTF-16 that they take.
    ['"𝒳𝒳" x', 'column 6: expected `+`, `and`, `or` or the end, got "x"'],
  ])('%s', (text, message) => {
    expect(faultOf(text)).toBe(`selection: ${message}`)
  })
})

describe('a selection is bounded', () => {
  test('in characters', () => {
    expect(parse(`"${'𝒳'.repeat(1_998)}"`)).toEqual(key('𝒳'.repeat(1_998)))
    expect(faultOf(`"${'𝒳'.repeat(1_999)}"`)).toBe(
      'selection: expected 1 to 2000 characters, got 2001 characters',
    )
    expect(faultOf('')).toBe('selection: expected 1 to 2000 characters, got 0 characters')
    expect(faultOf('"\0"')).toBe('selection: expected a text without U+0000, got U+0000 at index 1')
  })

  test('in levels of parentheses', () => {
    const nested = (levels: number) => `${'('.repeat(levels)}a${')'.repeat(levels)}`
    expect(parse(nested(64))).toEqual(a)
    expect(parse(`${nested(64)} or ${nested(64)}`)).toEqual({ is: 'or', of: [a, a] })
    const fault = 'selection: column 65: expected at most 64 levels of parentheses, got one more'
    expect(faultOf(nested(65))).toBe(fault)
    expect(faultOf('('.repeat(2_000))).toBe(fault)
  })

  test('in conditions', () => {
    const many = (count: number) => Array(count).fill('+a').join(' or ')
    expect(parse(many(100))).toMatchObject({ is: 'or' })
    expect(faultOf(many(101))).toBe('selection: column 602: expected at most 100 conditions, got one more')
    expect(parse(`${'not '.repeat(400)}a`)).toEqual(a)
  })
})
