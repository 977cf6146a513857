import unittest

from test_totals import Totals, closing_lines, count


class Counting(unittest.TestCase):
    def check(self, log, expected):
        totals = Totals()
        count(log, totals)
        self.assertEqual(str(totals), expected)

    def test_nextest(self):
        self.check("     Summary [   0.2s] 5 tests run: 4 passed, 1 failed, 2 skipped", "4 passed, 1 failed, 2 skipped")
        self.check("     Summary [   0.2s] 1 test run: 1 passed (1 slow), 0 skipped", "1 passed, 0 failed")
        self.check("     Summary [   0.2s] 3/5 tests run: 2 passed, 1 timed out, 0 skipped", "2 passed, 1 failed")

    def test_cargo_test_once_per_binary(self):
        line = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s\n"
        self.check(line * 2, "6 passed, 0 failed, 2 skipped")

    def test_vitest_counts_tests_and_not_files(self):
        log = "\x1b[2m Test Files \x1b[22m 1 failed | 2 passed (3)\n      Tests  1 failed | 8 passed | 1 skipped (10)\n"
        self.check(log, "8 passed, 1 failed, 1 skipped")

    def test_playwright(self):
        self.check("  1 failed\n    [chromium] › a.spec.ts:1:1 › fails\n  1 flaky\n  12 passed (5.9s)\n", "13 passed, 1 failed")

    def test_unittest_names_only_what_went_wrong(self):
        self.check("Ran 9 tests in 0.004s\n\nOK\n", "9 passed, 0 failed")
        self.check("Ran 9 tests in 0.004s\n\nFAILED (failures=1, errors=2, skipped=1)\n", "5 passed, 3 failed, 1 skipped")

    def test_other_lines_are_no_counts(self):
        self.assertEqual(closing_lines("the 3 passed checks\nthread 'x' panicked: 2 failed\n"), [])


if __name__ == "__main__":
    unittest.main()
