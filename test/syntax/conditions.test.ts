import { describe, expect, it } from 'vitest';
import { evaluateCondition, isBranchTaken } from '../../server/src/syntax/conditions.js';
import { noConfig } from './parse.js';

const off = { isEnabled: (symbol: string) => symbol !== 'CONFIG_OFF' };

describe('conditions', () => {
  it.each([
    ['0', 0],
    ['1', 1],
    ['1 + 2 * 3 == 7 && !0', 1],
    ['(1 << 4) | 0x0f', 31],
    ['0 ? 1 : 2', 2],
    ['CONFIG_UNKNOWN_VALUE > 3', undefined],
    ['BITS_PER_LONG == 64', undefined],
    ['0 && UNKNOWN', 0],
    ['1 || UNKNOWN', 1],
    ['defined(CONFIG_A)', 1],
    ['!defined CONFIG_A', 0],
    ['defined(OTHER)', undefined],
    ['IS_ENABLED(CONFIG_A) && IS_REACHABLE(CONFIG_B)', 1],
    ['defined(__cplusplus)', 0],
    ['defined(__KERNEL__)', 1],
    ['VERSION(1, 2) > 3', undefined],
    ['/* c */ 1 // d', 1],
    ['1 / 0', undefined],
  ])('%s _ok', (condition, value) => {
    expect(evaluateCondition(condition, noConfig)).toBe(value);
  });

  it('a symbol that the configuration turns off is off _bad', () => {
    expect(evaluateCondition('IS_ENABLED(CONFIG_OFF)', off)).toBe(0);
    expect(isBranchTaken('ifdef', ' CONFIG_OFF', off)).toBe(false);
    expect(isBranchTaken('ifndef', ' CONFIG_OFF', off)).toBe(true);
  });

  it('unknown names take the first branch, whichever way they are asked for _ok', () => {
    expect(isBranchTaken('ifdef', ' SOMETHING', noConfig)).toBe(true);
    expect(isBranchTaken('ifndef', ' SOMETHING', noConfig)).toBe(true);
    expect(isBranchTaken('if', ' SOMETHING', noConfig)).toBe(true);
  });

  it('deep nesting and nonsense end without an answer _ok', () => {
    expect(evaluateCondition('('.repeat(10_000), noConfig)).toBeUndefined();
    expect(evaluateCondition('!'.repeat(10_000), noConfig)).toBeUndefined();
    expect(evaluateCondition('@ $ "x" ;', noConfig)).toBeUndefined();
  });
});
