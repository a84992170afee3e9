"""Why the service holds each kind of record, and the law under which the consumer receives it, with sources."""

from enum import StrEnum
from typing import NamedTuple


class ExportKind(StrEnum):
    """Kind of a record of an export."""

    REPORT = "report"
    FREEZE = "freeze"
    INQUIRY = "inquiry"
    NOTICE = "adverse_action_notice"
    EXPORT = "export"


class Basis(NamedTuple):
    """Basis of a kind of record.

    Attributes:
        purpose: why the service holds it.
        retention: how long the service keeps it, unless the consumer's file is erased before.
        law: law under which the consumer receives it.
    """

    purpose: str
    retention: str
    law: str


# 15 USC 1681g(a)(1) covers all information in the file except scores, which (f)(1) covers.
BASES: dict[ExportKind, Basis] = {
    ExportKind.REPORT: Basis(
        purpose="Disclosure of scores for a permissible purpose (15 USC 1681b)",
        retention="Seven years after the score was calculated (15 USC 1681c(a))",
        law="15 USC 1681g(f)(1)",
    ),
    ExportKind.FREEZE: Basis(
        purpose="Security freeze at the consumer's request (15 USC 1681c-1(i))",
        retention="Until the file is erased",
        law="15 USC 1681g(a)(1)",
    ),
    ExportKind.INQUIRY: Basis(
        purpose="Record of a disclosure (15 USC 1681g(a)(3))",
        retention="The period of its purpose (15 USC 1681g(a)(3), 12 CFR 1002.12(b)); if hard, at least two years",
        law="15 USC 1681g(a)(3)",
    ),
    ExportKind.NOTICE: Basis(
        purpose="Record of the content of a notice to the consumer (15 USC 1681m(a))",
        retention="25 months after the notice (12 CFR 1002.12(b))",
        law="15 USC 1681g(a)(1)",
    ),
    ExportKind.EXPORT: Basis(
        purpose="Record of the response to the consumer's request (11 CCR 7101(a))",
        retention="24 months after the export (11 CCR 7101(a))",
        law="15 USC 1681g(a)(1)",
    ),
}
