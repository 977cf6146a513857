"""Which requirements are proved, and by which tests: `make coverage`.

A test proves a requirement when it names its id (`MON-17`) in its title, in its body or in the
comment right above it. Three more places count, since they belong to tests: the title of a
`describe`, the comment that opens a file of nothing but tests, and a comment in a captured
fixture under `profiles/`, which is a case of the one test that walks that folder. An id counts
as it is written: "MON-01 to MON-08" proves the two ends.

An id of a known group that `docs/requirements.md` does not list is an error wherever it stands,
so that a typing mistake never looks like a proof. `--check` says only that.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten

# What is searched; generated and fetched folders lie beside the sources.
SEARCHED = [("crates", ".rs"), ("web", ".ts"), ("web", ".svelte"), ("profiles", ".toml")]
PASSED_OVER = {"node_modules", "dist", "target", "snapshots", "test-results", "playwright-report"}

REQUIREMENT_ROW = re.compile(r"^\| ([A-Z]{3}-\d{2}) \| (.*?) \|[^|]*\|\s*$")
PRIORITY = re.compile(r"\(([MPB])\)\s*$")

RUST_TEST = re.compile(r"^(?P<indent>\s*)(?:async )?fn (?P<title>\w+)")
RUST_TEST_MARK = re.compile(r"^\s*#\[(?:\w+::)*test\b")
SCRIPT_TEST = re.compile(
    r"""^(?P<indent>\s*)
        (?: (?P<kind>test|it|describe)(?:\.\w+)*(?:\((?:[^()'"`]|\([^()]*\))*\))? | \]\) )
        # `test.each(CASES)('title'`, and `])('title'` after a table over several lines
        \s*\(\s*(?: (?P<quote>["'`])(?P<title>.*?)(?P=quote) | $ )""",
    re.VERBOSE,
)
COMMENT = re.compile(r"^\s*(?://|/\*|\*|#)")


@dataclass(frozen=True)
class Requirement:
    id: str
    priority: str
    text: str


@dataclass(frozen=True)
class Proof:
    """A test that names a requirement; `test` is empty where the whole file does."""

    id: str
    file: str
    test: str

    def __str__(self) -> str:
        return f"{self.file}: {self.test}" if self.test else self.file


def read_requirements(text: str) -> dict[str, Requirement]:
    found: dict[str, Requirement] = {}
    for line in text.splitlines():
        if row := REQUIREMENT_ROW.match(line):
            if row[1] in found:
                raise ValueError(f"requirement {row[1]} is listed twice")
            priority = PRIORITY.search(row[2])
            found[row[1]] = Requirement(row[1], priority[1] if priority else "-", row[2])
    return found


def id_pattern(requirements: dict[str, Requirement]) -> re.Pattern[str]:
    """Ids of the groups that the list has, so that "UTF-16" is no requirement."""
    groups = sorted({id.split("-")[0] for id in requirements})
    return re.compile(rf"(?<![\w-])(?:{'|'.join(groups)})-\d{{2}}(?![\w-])")


def unknown_ids(text: str, ids: re.Pattern[str], requirements: dict[str, Requirement]) -> Iterator[tuple[int, str]]:
    """Line and spelling of every id that the list does not have."""
    for number, line in enumerate(text.splitlines(), start=1):
        for id in ids.findall(line):
            if id not in requirements:
                yield number, id


def proofs_in(file: str, text: str, ids: re.Pattern[str]) -> set[Proof]:
    """What the tests of one file prove."""
    lines = text.splitlines()
    if file.endswith(".toml"):
        comments = "\n".join(line for line in lines if COMMENT.match(line))
        return {Proof(id, file, "") for id in ids.findall(comments)}
    found = set()
    if "/tests/" in file or file.endswith((".test.ts", ".spec.ts")):
        opening = "\n".join(lines[: first_line_of_code(lines)])
        found |= {Proof(id, file, "") for id in ids.findall(opening)}
    for title, span in tests_in(lines, is_rust=file.endswith(".rs")):
        found |= {Proof(id, file, title) for id in ids.findall("\n".join(span))}
    return found


def tests_in(lines: list[str], is_rust: bool) -> Iterator[tuple[str, list[str]]]:
    """Every test of a formatted source file: its title, and its lines with the comment above."""
    for number, line in enumerate(lines):
        start = lead_of(lines, number, is_rust)
        if is_rust:
            found = RUST_TEST.match(line)
            if found and any(RUST_TEST_MARK.match(above) for above in lines[start:number]):
                yield found["title"], lines[start : end_of_body(lines, number, found["indent"], is_rust)]
        elif found := SCRIPT_TEST.match(line):
            title_line = number if found["quote"] else number + 1
            title = found["title"] or "".join(lines[title_line : title_line + 1]).strip(" ,\"'`")
            end = title_line + 1
            if found["kind"] != "describe":  # a group answers for its title, its tests for the rest
                end = max(end, end_of_body(lines, number, found["indent"], is_rust))
            yield title, lines[start:end]


def lead_of(lines: list[str], number: int, is_rust: bool) -> int:
    """The first line of the comment (in Rust also of the attributes) right above a line."""
    while number > 0 and COMMENT.match(lines[number - 1]):
        if lines[number - 1].lstrip().startswith("#") and not is_rust:
            break
        number -= 1
    return number


def end_of_body(lines: list[str], first: int, indent: str, is_rust: bool) -> int:
    """One past the last line of a test: formatted code closes it at the depth where it opened."""
    closing = "}" if is_rust else ";"
    for number in range(first, len(lines)):
        line = lines[number].rstrip()
        is_deeper = not line or line.startswith(indent + " ")
        if number > first and is_deeper:
            continue
        if number > first and not line.startswith((indent + "}", indent + ")", indent + "]")):
            return number
        if line.endswith(closing):
            return number + 1
    return len(lines)


def first_line_of_code(lines: list[str]) -> int:
    for number, line in enumerate(lines):
        is_attribute = line.startswith("#") # of Rust, so it belongs to an item
        if line.strip() and (is_attribute or not COMMENT.match(line)):
            return number
    return len(lines)


def sources(root: Path) -> Iterator[Path]:
    for folder, ending in SEARCHED:
        for path in sorted((root / folder).rglob(f"*{ending}")):
            if not PASSED_OVER.intersection(path.relative_to(root).parts):
                yield path


def table(requirements: dict[str, Requirement], proofs: set[Proof]) -> str:
    by_id: dict[str, list[str]] = {}
    for proof in sorted(proofs, key=str):
        by_id.setdefault(proof.id, []).append(str(proof))
    rows = []
    for requirement in requirements.values():
        tests = by_id.get(requirement.id, [])
        mark = "✓" if tests else " "
        text = shorten(requirement.text, 96, placeholder=" …")
        rows.append(f"{mark} {requirement.id} {requirement.priority}  {text}")
        rows += [f"             {test}" for test in tests]
    rows.append("")
    for priority, meaning in [("M", "must"), ("P", "parity"), ("B", "beyond")]:
        group = [r.id for r in requirements.values() if r.priority == priority]
        proved = sum(id in by_id for id in group)
        rows.append(f"{meaning:>8}: {proved:3} of {len(group):3} proved")
    rows.append(f"{'all':>8}: {len(by_id):3} of {len(requirements):3} proved, by {len({(p.file, p.test) for p in proofs})} tests")
    return "\n".join(rows)


def main() -> int:
    arguments = argparse.ArgumentParser(description="Which requirements are proved, and by which tests.")
    arguments.add_argument("--check", action="store_true", help="only refuse unknown ids")
    only_check = arguments.parse_args().check

    root = Path(__file__).resolve().parent.parent
    requirements = read_requirements((root / "docs/requirements.md").read_text())
    ids = id_pattern(requirements)
    proofs: set[Proof] = set()
    mistakes = []
    for path in sources(root):
        file, text = str(path.relative_to(root)), path.read_text()
        mistakes += [f"{file}:{line}: {id} is no requirement" for line, id in unknown_ids(text, ids, requirements)]
        proofs |= {proof for proof in proofs_in(file, text, ids) if proof.id in requirements}

    for mistake in mistakes:
        print(mistake, file=sys.stderr)
    if not only_check:
        print(table(requirements, proofs))
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
