/** The edit language on a small text of our own: `node --test test/recall/edits.check.mjs`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  after,
  anywhere,
  applyEdit,
  before,
  declare,
  del,
  helper,
  inMacro,
  moveAfter,
  moveBefore,
  put,
  start,
  sub,
  swap,
  unwrap,
  wrap,
} from './edits.mjs';

const SOURCE = `#define box_lock(box__) \\
	mutex_lock(&(box__)->mutex)

int box_open(struct box *box);

/**
 * box_open() - opens it
 */
int box_open(struct box *box)
{
	struct lid *lid;
	int err = 0;

	/* first */
	box_lock(box);
	lid = lid_get(box, (u8)1);
	if (!lid) {
		err = -ENOENT;
		goto out;
	}

	for_each_hinge(hinge, lid)
		if (hinge->stiff)
			oil(hinge);

	do {
		err = lift(lid);
	} while (err == -EAGAIN);

out:
	box_unlock(box);
	return err;
}
`;

const apply = (edit) => applyEdit(SOURCE, { fn: 'box_open', ...edit });
const has = (text, part) => assert.ok(text.includes(part), `lacks ${JSON.stringify(part)}:\n${text}`);
const lacks = (text, part) => assert.ok(!text.includes(part), `has ${JSON.stringify(part)}:\n${text}`);

test('deletes_a_statement_and_its_line_ok', () => lacks(apply(del('box_unlock(...)')), 'box_unlock'));
test('deletes_a_whole_if_by_its_head_ok', () => lacks(apply(del('if (!lid)')), 'ENOENT'));
test('climbs_to_what_holds_a_statement_ok', () => lacks(apply(del('oil(hinge)', { up: 2 })), 'for_each_hinge'));
test('leaves_an_empty_statement_for_a_lone_branch_ok', () => has(apply(del('oil(hinge)')), 'if (hinge->stiff)\n\t\t\t;'));
test('matches_over_spaces_and_comments_ok', () => has(apply(sub('int err = 0; box_lock(box)', 'int err = 0')), 'int err = 0;\n\tlid'));
test('keeps_what_the_pattern_captured_ok', () => has(apply(sub('lid_get($args)', 'lid_find($args, 0)')), 'lid_find(box, (u8)1, 0)'));
test('inserts_with_the_indent_of_the_place_ok', () => has(apply(after('lid = lid_get(...)', 'log(lid);')), '(u8)1);\n\tlog(lid);\n'));
test('braces_a_lone_branch_when_inserting_ok', () =>
  has(apply(before('oil(hinge)', 'count++;')), 'if (hinge->stiff) {\n\t\t\tcount++;\n\t\t\toil(hinge);\n\t\t}'));
test('inserts_behind_a_label_ok', () => has(apply(after('out:', 'close(lid);')), 'out:\n\tclose(lid);\n'));
test('moves_behind_a_label_ok', () => has(apply(moveAfter('box_lock(box)', 'out:')), 'out:\n\tbox_lock(box);\n\tbox_unlock'));
test('moves_before_a_statement_ok', () => has(apply(moveBefore('box_unlock(box)', 'do')), 'box_unlock(box);\n\tdo {'));
test('exchanges_two_statements_ok', () =>
  has(apply(swap('box_lock(box)', 'lid = lid_get(...)')), 'lid = lid_get(box, (u8)1);\n\tbox_lock(box);'));
test('unwraps_an_if_ok', () => has(apply(unwrap('if (hinge->stiff)')), 'for_each_hinge(hinge, lid)\n\t\toil(hinge);'));
test('wraps_a_statement_ok', () => has(apply(wrap('box_unlock(box)', 'if (lid)')), 'if (lid)\n\t\tbox_unlock(box);'));
test('replaces_a_lone_branch_by_a_block_ok', () =>
  has(apply(put('oil(hinge)', '{\n\twait();\n\toil(hinge);\n}')), 'if (hinge->stiff) {\n\t\t\twait();'));
test('knows_the_end_of_the_declarations_ok', () => has(apply(start('ready();')), 'ready();\n\tbox_lock(box);'));
test('declares_at_the_head_ok', () => has(apply(declare('int n;')), '{\n\tint n;\n\tstruct lid'));
test('puts_a_helper_before_the_comment_ok', () =>
  has(apply(helper('static void help(void)\n{\n}')), 'static void help(void)\n{\n}\n\n/**\n * box_open()'));
test('edits_a_macro_ok', () =>
  has(applyEdit(SOURCE, inMacro('box_lock', sub('mutex_lock', 'mutex_trylock'))[0]), 'mutex_trylock(&(box__)'));
test('edits_outside_functions_ok', () =>
  has(applyEdit(SOURCE, anywhere(sub('int box_open(struct box *box);', 'long box_open(struct box *box);'))[0]), 'long box_open'));

test('reports_a_pattern_that_stands_nowhere_bad', () => assert.throws(() => apply(del('lid_put(lid)')), /nothing matches/));
test('reports_a_pattern_that_stands_twice_bad', () => assert.throws(() => apply(del('err')), /places match, choose one/));
test('reports_a_missing_function_bad', () => assert.throws(() => applyEdit(SOURCE, { fn: 'box_shut', ...del('x') }), /no definition/));
test('reports_an_edit_that_changes_nothing_bad', () => assert.throws(() => apply(sub('box_lock', 'box_lock')), /changes nothing/));
test('reports_a_move_that_empties_a_branch_bad', () => assert.throws(() => apply(moveBefore('oil(hinge)', 'do')), /branch empty/));
