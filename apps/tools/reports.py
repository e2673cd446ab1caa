"""What a check found, as lines for a terminal, and the exit code that goes with it."""

from apps.core.crates.findings import Report

EXIT = {"accepted": 0, "refused": 1, "unreadable": 2}


def lines(report: Report) -> list[str]:
    """The verdict, each finding with how to mend it, each review that was taken out."""
    told = [f"{report.verdict} (SHA-256 {report.sha256})"]
    for each in report.findings:
        place = f" [{each.entity}]" if each.entity else ""
        told.append(f"{each.level} {each.rule}{place}: {each.message} {each.mend}")
    told += [f"removed: {identifier}" for identifier in report.stripped]
    return [inert(line) for line in told]


def inert(text: str) -> str:
    """A stranger's text as one line, without what a terminal would act on."""
    return "".join(each if each.isprintable() or each == "\t" else "\N{REPLACEMENT CHARACTER}" for each in text)
