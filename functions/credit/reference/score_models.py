"""Scoring models, their bureaus, scales and bands, with sources.

A band depends on the model: 600 is fair on one scale and subprime on another.
"""

from enum import StrEnum
from typing import NamedTuple


class Bureau(StrEnum):
    """Nationwide consumer reporting agency."""

    EQUIFAX = "equifax"
    EXPERIAN = "experian"
    TRANSUNION = "transunion"


class ScoreModelName(StrEnum):
    """Family of scoring models. A family and a version identify a model."""

    FICO = "fico"
    FICO_AUTO = "fico_auto"
    FICO_BANKCARD = "fico_bankcard"
    VANTAGESCORE = "vantagescore"


class ScoreBand(StrEnum):
    """Band of a score, in lenders' terms. Each scale uses some of these bands."""

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
    """Range of scores, and the bands with the lowest score of each, in ascending order."""

    minimum: int
    maximum: int
    bands: tuple[tuple[int, ScoreBand], ...]

    def band(self, score: int) -> ScoreBand:
        """Return the band of a score between `minimum` and `maximum`."""
        return next(band for start, band in reversed(self.bands) if start <= score)


class ScoreModel(NamedTuple):
    """Scale of a model, and the bureaus that deliver it."""

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
# The same bands on a wider scale: https://www.creditkarma.com/advice/i/good-fico-score-range
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
    """Return the versions of a family that a bureau delivers."""
    return [version for (family, version), model in SCORE_MODELS.items() if family == name and bureau in model.bureaus]
