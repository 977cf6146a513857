import unittest

from requirement_coverage import id_pattern, proofs_in, read_requirements, unknown_ids

LIST = """
| Id | Requirement | Source |
|---|---|---|
| MON-01 | Values shall be real. (M) | [seed §7.2] |
| MON-17 | A pipe `a\\|b` in the text. (P) | [seed §7.2] |
| ISO-08 | No priority letter. | [inferred] |
| OQ-01 | An open question is no requirement. | matrix |
"""
REQUIREMENTS = read_requirements(LIST)
IDS = id_pattern(REQUIREMENTS)


class Reading(unittest.TestCase):
    def test_a_row_with_an_id_is_a_requirement(self):
        priorities = {r.id: r.priority for r in REQUIREMENTS.values()}
        self.assertEqual(priorities, {"MON-01": "M", "MON-17": "P", "ISO-08": "-"})

    def test_an_id_listed_twice_is_refused(self):
        with self.assertRaises(ValueError):
            read_requirements(LIST + LIST)

    def test_what_only_looks_like_an_id_is_left_alone(self):
        self.assertEqual(list(unknown_ids("UTF-16, ISO-8859-1, XMON-99, MON-990", IDS, REQUIREMENTS)), [])

    def test_an_unknown_id_of_a_known_group_is_found_with_its_line(self):
        self.assertEqual(list(unknown_ids("// MON-01\n// MON-99\n", IDS, REQUIREMENTS)), [(2, "MON-99")])


class Proving(unittest.TestCase):
    def check(self, file, text, expected):
        self.assertEqual({(p.id, p.test) for p in proofs_in(file, text, IDS)}, set(expected))

    def test_a_rust_test_answers_for_its_comment_and_its_body(self):
        text = """
mod tests {
    fn helper() {
        // MON-17 in a helper
    }

    /// Real values (MON-01).
    #[tokio::test]
    async fn values_are_real() {
        if true {
        }
        // ISO-08
    }

    #[test]
    fn another() {}
}
"""
        self.check("crates/a/src/x.rs", text, [("MON-01", "values_are_real"), ("ISO-08", "values_are_real")])

    def test_code_that_is_no_test_proves_nothing(self):
        self.check("crates/a/src/x.rs", "/// MON-01\n#[derive(Debug)]\npub fn read() {\n}\n", [])

    def test_a_property_with_arguments_over_several_lines_is_read_to_its_end(self):
        text = """
proptest! {
    #[test]
    fn never_torn(
        value in 0..5,
    ) {
        // MON-01
    }
}
"""
        self.check("crates/a/src/x.rs", text, [("MON-01", "never_torn")])

    def test_a_browser_test_answers_for_its_title_and_a_group_for_its_own(self):
        text = """
describe('Monitor (MON-01)', () => {
  // ISO-08
  test('shows gauges', async ({
    page,
  }) => {
    expect(page);
  });
  // A comment about MON-17
  test(
    'shows a table MON-01',
    () => {},
  );
});
"""
        self.check(
            "web/e2e/monitor.spec.ts",
            text,
            [
                ("MON-01", "Monitor (MON-01)"),
                ("ISO-08", "shows gauges"),
                ("MON-17", "shows a table MON-01"),
                ("MON-01", "shows a table MON-01"),
            ],
        )

    def test_a_table_of_cases_has_its_title_at_its_end(self):
        text = "test.each([\n  ['a'],\n])('MON-01 %s', (x) => {\n});\ntest.each(CASES)('MON-17', (x) => {\n});\n"
        self.check("web/src/a.test.ts", text, [("MON-01", "MON-01 %s"), ("MON-17", "MON-17")])

    def test_a_test_of_one_expression_ends_where_the_next_one_starts(self):
        text = "it('a', () =>\n  check('MON-01'));\n\n// ISO-08\ndescribe.each(keys(a))('b %s', (x) => {\n});\n"
        self.check("web/src/a.test.ts", text, [("MON-01", "a"), ("ISO-08", "b %s")])

    def test_the_opening_comment_counts_in_a_file_of_tests_only(self):
        self.check("crates/a/tests/x.rs", "//! MON-01\n\nuse a;\n// MON-17\n", [("MON-01", "")])
        self.check("crates/a/src/x.rs", "//! MON-01\n\nuse a;\n", [])

    def test_a_comment_of_a_captured_fixture_counts(self):
        self.check("profiles/a/x.toml", "# ISO-08: sentinel\nkey = 'MON-01'\n", [("ISO-08", "")])


if __name__ == "__main__":
    unittest.main()
