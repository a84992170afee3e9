"""Which scoring models there are, who delivers them, and what their scores mean: data, with where it comes from.

A band belongs to a model, not to a number: 600 is fair on one scale and subprime on another.
"""

from enum import StrEnum
from typing import NamedTuple


class Bureau(StrEnum):
    """The three nationwide consumer reporting agencies."""

    EQUIFAX = "equifax"
    EXPERIAN = "experian"
    TRANSUNION = "transunion"


class ScoreModelName(StrEnum):
    """Families of scoring models; a family and a version are a model."""

    FICO = "fico"
    FICO_AUTO = "fico_auto"
    FICO_BANKCARD = "fico_bankcard"
    VANTAGESCORE = "vantagescore"


class ScoreBand(StrEnum):
    """What a lender calls a score; which of these a model uses, and where they start, is its scale's."""

    VERY_POOR = "very_poor"
    POOR = "poor"
    FAIR = "fair"
    GOOD = "good"
    VERY_GOOD = "very_good"
    EXCELLENT = "excellent"
    EXCEPTIONAL = "exceptional"
    SUBPRIME = "subprime"
    NEAR_PRIME = "near_prime"
    PRIME = "prime"
    SUPERPRIME = "superprime"


class Scale(NamedTuple):
    """Score points from lowest to highest, and the bands with the score that each starts at, from the lowest up."""

    minimum: int
    maximum: int
    bands: tuple[tuple[int, ScoreBand], ...]

    def band(self, score: int) -> ScoreBand:
        """The band of a score that lies on the scale."""
        return next(band for start, band in reversed(self.bands) if start <= score)


class ScoreModel(NamedTuple):
    """A model: its scale, and the bureaus that deliver it."""

    scale: Scale
    bureaus: frozenset[Bureau]


# https://www.myfico.com/credit-education/credit-scores
_FICO_BASE = Scale(
    300,
    850,
    (
        (300, ScoreBand.POOR),
        (580, ScoreBand.FAIR),
        (670, ScoreBand.GOOD),
        (740, ScoreBand.VERY_GOOD),
        (800, ScoreBand.EXCEPTIONAL),
    ),
)
# The same edges on a wider scale: https://www.creditkarma.com/advice/i/good-fico-score-range
_FICO_INDUSTRY = Scale(
    250,
    900,
    (
        (250, ScoreBand.POOR),
        (580, ScoreBand.FAIR),
        (670, ScoreBand.GOOD),
        (740, ScoreBand.VERY_GOOD),
        (800, ScoreBand.EXCEPTIONAL),
    ),
)
# https://www.experian.com/blogs/ask-experian/infographic-what-are-the-different-scoring-ranges/
_VANTAGESCORE_3 = Scale(
    300,
    850,
    (
        (300, ScoreBand.VERY_POOR),
        (500, ScoreBand.POOR),
        (601, ScoreBand.FAIR),
        (661, ScoreBand.GOOD),
        (781, ScoreBand.EXCELLENT),
    ),
)
# https://www.creditone.com/articles/credit-score-ranges-and-what-they-mean-to-your-everyday-life
_VANTAGESCORE_4 = Scale(
    300,
    850,
    ((300, ScoreBand.SUBPRIME), (601, ScoreBand.NEAR_PRIME), (661, ScoreBand.PRIME), (781, ScoreBand.SUPERPRIME)),
)

_ALL = frozenset(Bureau)
_EQUIFAX = frozenset({Bureau.EQUIFAX})
_EXPERIAN = frozenset({Bureau.EXPERIAN})
_TRANSUNION = frozenset({Bureau.TRANSUNION})

# Versions and their bureaus: https://www.myfico.com/credit-education/credit-scores/fico-score-versions
# VantageScore 1.0 and 2.0 (501 to 990) are obsolete and left out.
SCORE_MODELS: dict[tuple[ScoreModelName, str], ScoreModel] = {
    (ScoreModelName.FICO, "2"): ScoreModel(_FICO_BASE, _EXPERIAN),
    (ScoreModelName.FICO, "3"): ScoreModel(_FICO_BASE, _EXPERIAN),
    (ScoreModelName.FICO, "4"): ScoreModel(_FICO_BASE, _TRANSUNION),
    (ScoreModelName.FICO, "5"): ScoreModel(_FICO_BASE, _EQUIFAX),
    (ScoreModelName.FICO, "8"): ScoreModel(_FICO_BASE, _ALL),
    (ScoreModelName.FICO, "9"): ScoreModel(_FICO_BASE, _ALL),
    (ScoreModelName.FICO, "10"): ScoreModel(_FICO_BASE, _ALL),
    (ScoreModelName.FICO, "10T"): ScoreModel(_FICO_BASE, _ALL),
    (ScoreModelName.FICO_AUTO, "2"): ScoreModel(_FICO_INDUSTRY, _EXPERIAN),
    (ScoreModelName.FICO_AUTO, "4"): ScoreModel(_FICO_INDUSTRY, _TRANSUNION),
    (ScoreModelName.FICO_AUTO, "5"): ScoreModel(_FICO_INDUSTRY, _EQUIFAX),
    (ScoreModelName.FICO_AUTO, "8"): ScoreModel(_FICO_INDUSTRY, _ALL),
    (ScoreModelName.FICO_AUTO, "9"): ScoreModel(_FICO_INDUSTRY, _ALL),
    (ScoreModelName.FICO_AUTO, "10"): ScoreModel(_FICO_INDUSTRY, _ALL),
    (ScoreModelName.FICO_BANKCARD, "2"): ScoreModel(_FICO_INDUSTRY, _EXPERIAN),
    (ScoreModelName.FICO_BANKCARD, "4"): ScoreModel(_FICO_INDUSTRY, _TRANSUNION),
    (ScoreModelName.FICO_BANKCARD, "5"): ScoreModel(_FICO_INDUSTRY, _EQUIFAX),
    (ScoreModelName.FICO_BANKCARD, "8"): ScoreModel(_FICO_INDUSTRY, _ALL),
    (ScoreModelName.FICO_BANKCARD, "9"): ScoreModel(_FICO_INDUSTRY, _ALL),
    (ScoreModelName.FICO_BANKCARD, "10"): ScoreModel(_FICO_INDUSTRY, _ALL),
    (ScoreModelName.VANTAGESCORE, "3.0"): ScoreModel(_VANTAGESCORE_3, _ALL),
    (ScoreModelName.VANTAGESCORE, "4.0"): ScoreModel(_VANTAGESCORE_4, _ALL),
}


def versions(name: ScoreModelName, bureau: Bureau) -> list[str]:
    """The versions of a family that a bureau delivers."""
    return [version for (family, version), model in SCORE_MODELS.items() if family == name and bureau in model.bureaus]
