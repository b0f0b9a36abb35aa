"""What results of computations show of themselves, by way of what stands above them."""

from __future__ import annotations

from archcalc.upward import SHOWN_BY

TYPE_CHECKING = False  # as type checkers read it; `typing` is not loaded for `archcalc --help`
if TYPE_CHECKING:
    import pandas


class PrintedResult:
    """What was computed, which `print` and notebooks show as commands do."""

    def __str__(self) -> str:
        return self.render()

    def render(self, format: str = "text", width: int = 100) -> str:
        """What its command prints, without a line break at the end.

        Args:
            format: one that `--format` takes: "text", "markdown", "csv", "json", "latex", "html".
            width: the most characters of a line, for text.

        Raises:
            ArchcalcError: there is no such format or width.
        """
        return str(SHOWN_BY["render"](self, format, width))

    def to_dataframe(self) -> pandas.DataFrame:
        """What its command writes as CSV, as a pandas DataFrame.

        Raises:
            ArchcalcError: pandas is missing.
        """
        return SHOWN_BY["dataframe"](self)

    def _repr_html_(self) -> str:
        return str(SHOWN_BY["notebook_page"](self))
