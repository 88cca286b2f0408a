"""Results as JUnit XML, the form that build servers read. Requirement ids and the seed go into the
properties.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from hil.run.result import RunResult

_FAILED = {"fail": "failure", "invalid": "error", "infra": "error"}


def write_junit(results: list[RunResult], file: Path) -> None:
    """One test case per result. An invalid run is an error: it never looks green. Raises OSError."""
    suite = ElementTree.Element(
        "testsuite",
        name="pumpbench",
        tests=str(len(results)),
        failures=str(sum(result.verdict == "fail" for result in results)),
        errors=str(sum(result.verdict in ("invalid", "infra") for result in results)),
        skipped=str(sum(result.verdict == "blocked" for result in results)),
        time=f"{sum(result.wall_s for result in results):.3f}",
    )
    for result in results:
        suite.append(_case(result))
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)


def _case(result: RunResult) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase",
        classname=_readable(result.file),
        name=_readable(result.scenario),
        time=f"{result.wall_s:.3f}",
    )
    properties = ElementTree.SubElement(case, "properties")
    named = [("target", result.target), ("seed", str(result.seed)), ("reproduce", result.reproduce)]
    named.append(("measured_by", result.measured_by))
    named += [("requirement", requirement) for requirement in result.requirements]
    for name, value in named:
        ElementTree.SubElement(properties, "property", name=name, value=_readable(value))
    if result.verdict == "blocked":
        ElementTree.SubElement(case, "skipped", message=_readable(result.message))
    kind = _FAILED.get(result.verdict)
    if kind is not None:
        problem = ElementTree.SubElement(case, kind, message=_readable(result.message), type=result.verdict)
        lines = [f"{seen.verdict}: {seen.text}: {seen.seen}" for seen in result.expectations]
        problem.text = _readable("\n".join(lines))
    return case


# What XML 1.0, "Characters", has no place for or discourages: control characters, surrogates, two others.
_NO_XML = re.compile("[^\n\t\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _readable(text: str) -> str:
    """A name or a traceback may carry any character; those that no parser takes are written as escapes."""
    return _NO_XML.sub(lambda match: match.group().encode("unicode_escape").decode("ascii"), text)
