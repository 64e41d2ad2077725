"""What a type of problem is: it has a page of its own, `/problems/NAME`, and NAME is made of the title.

A problem whose title is its status's own phrase has the type `about:blank` instead (RFC 9457, section 4.2.1).
"""

from dataclasses import dataclass
from http import HTTPStatus

PATH = "/problems"
BLANK = "about:blank"


@dataclass(frozen=True)
class ProblemType:
    """A kind of refusal: when it is answered, and what a caller does about it."""

    status: int
    title: str
    meaning: str
    remedy: str

    @property
    def name(self) -> str:
        """As it stands in its URI."""
        return _name(self.title)

    @property
    def uri(self) -> str:
        """As it stands in the `type` of a problem: an absolute path, which RFC 9457, section 3.1.1, allows."""
        return type_uri(self.status, self.title)


def type_uri(status: int, title: str) -> str:
    """The `type` of a problem with that status and title."""
    return BLANK if title == HTTPStatus(status).phrase else f"{PATH}/{_name(title)}"


def _name(title: str) -> str:
    return "-".join(title.lower().split())
