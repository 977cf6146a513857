"""Adds up what the test runners counted: `test_totals.py LOG...` prints "N passed, N failed".

Knows the closing lines of cargo-nextest, cargo test, Vitest, Playwright and unittest.
With `--closing-lines` it prints those lines themselves, for a reader of the whole run.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

CLOSING = re.compile(
    r"""^\s*(
          Summary\s+\[ .* \btests?\ run:        # cargo-nextest
        | test\ result:                         # cargo test
        | (Tests|Test\ Files)\s+\d+\ \w+        # Vitest
        | \d+\ (passed|failed|flaky|skipped|did\ not\ run)\b (\ \([\d.]+\w+\))? \s*$   # Playwright
        | Ran\ \d+\ tests?\ in | OK\s*$ | OK\ \( | FAILED\ \(                          # unittest
    )""",
    re.VERBOSE,
)


@dataclass
class Totals:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __str__(self) -> str:
        text = f"{self.passed} passed, {self.failed} failed"
        return f"{text}, {self.skipped} skipped" if self.skipped else text


def closing_lines(log: str) -> list[str]:
    """The lines with which the runners in `log` close, without colours."""
    plain = (ESCAPES.sub("", line).rstrip() for line in log.splitlines())
    return [line for line in plain if CLOSING.match(line)]


def count(log: str, totals: Totals) -> None:
    """Adds the tests of one log to `totals`."""
    ran = 0
    for line in closing_lines(log):
        if started := re.match(r"\s*Ran (\d+) test", line):
            ran = int(started[1])
        elif re.match(r"\s*(OK|FAILED)", line):
            # unittest names only what went wrong.
            bad = sum(int(n) for n in re.findall(r"(?:failures|errors)=(\d+)", line))
            skipped = sum(int(n) for n in re.findall(r"skipped=(\d+)", line))
            totals.failed += bad
            totals.skipped += skipped
            totals.passed += ran - bad - skipped
        elif not re.match(r"\s*Test Files", line):
            totals.passed += number_before("passed", line) + number_before("flaky", line)
            totals.failed += number_before("failed", line) + number_before("timed out", line)
            totals.skipped += sum(
                number_before(word, line) for word in ("skipped", "ignored", "did not run")
            )


def number_before(word: str, line: str) -> int:
    found = re.search(rf"(\d+) {word}\b", line)
    return int(found[1]) if found else 0


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--closing-lines"]:
        for log in arguments[1:]:
            for line in closing_lines(Path(log).read_text(errors="replace")):
                if " 0 passed; 0 failed; 0 ignored" not in line:  # a crate without documentation tests
                    print(f"  {line.strip()}")
        return
    totals = Totals()
    for log in arguments:
        count(Path(log).read_text(errors="replace"), totals)
    print(totals)


if __name__ == "__main__":
    main(sys.argv[1:])
