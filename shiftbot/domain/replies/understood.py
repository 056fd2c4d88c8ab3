"""What a message says, understood: the shape that everybody who reads typed replies gives back. Pure."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date

from shiftbot.domain.answer import Reply
from shiftbot.domain.checklist import ItemKind, Line, Plan
from shiftbot.domain.replies.asking import TICKS, ask_photo


@dataclass(frozen=True, slots=True)
class Understood:
    """Answers to store, lines to take back, what is still needed, or that help is wanted.

    `because` are (line key, reason) for values that stand already; `claim` is the title of a section that the writer
    takes; `photos` are the keys of photo lines that were answered without a photo (they stand in `asked` too).
    """

    replies: tuple[Reply, ...] = ()
    undo: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    help: bool = False
    because: tuple[tuple[str, str], ...] = ()
    claim: str = ""
    snooze: bool = False
    photos: tuple[str, ...] = ()

    def __add__(self, other: "Understood") -> "Understood":
        return Understood(
            self.replies + other.replies,
            self.undo + other.undo,
            self.asked + other.asked,
            self.help or other.help,
            self.because + other.because,
            other.claim or self.claim,
            self.snooze or other.snooze,
            self.photos + other.photos,
        )

    @property
    def acts(self) -> bool:
        """Whether anything is to be stored."""
        return bool(self.undo) or self.acts_beside_undo

    @property
    def acts_beside_undo(self) -> bool:
        """Whether anything is to be stored but what is taken back."""
        return bool(self.replies or self.because or self.claim or self.snooze)


@dataclass(frozen=True, slots=True)
class Page:
    """A run as whoever replies sees it: its plan, the keys that are answered, and those that are not asked.

    `not_theirs` are the keys that somebody of another role answers; whoever says only `done` does not mean them.
    `today` is the local date at the site, for dates that are written without their year.
    """

    plan: Plan
    answered: Collection[str] = ()
    not_asked: Collection[str] = ()
    today: date | None = None
    not_theirs: Collection[str] = ()
    blank: tuple[Line, ...] = field(init=False)

    def __post_init__(self) -> None:
        blank = (line for line in self.plan.lines if line.key not in self.answered and line.key not in self.not_asked)
        object.__setattr__(self, "blank", tuple(blank))

    @property
    def theirs(self) -> list[Line]:
        """The blank lines that are for whoever replies to answer."""
        return [line for line in self.blank if line.key not in self.not_theirs]

    @property
    def ticks(self) -> list[Line]:
        """Those of them that a tick answers."""
        return [line for line in self.theirs if line.kind in TICKS]


def attach(understood: Understood, file: str, plan: Plan) -> Understood:
    """`understood` with a file (Slack's id) as the answer to the photo line it names.

    Asks for which line the file is when it names none or several.
    """
    keys = tuple(dict.fromkeys(understood.photos))
    if len(keys) != 1:
        photos = [line for line in plan.lines if line.kind is ItemKind.PHOTO]
        asked = "Which line is the photo for? Attach it once more with the line's number"
        example = f", for example `{photos[0].number}`." if photos else "; here no line asks for one."
        return replace(understood, asked=(*understood.asked, asked + example))
    sentence = ask_photo(plan.line(keys[0]))
    still = tuple(asked for asked in understood.asked if asked != sentence)
    reply = Reply(keys[0], value={"file": file})
    return replace(understood, replies=(*understood.replies, reply), asked=still, photos=())


def lone_photo(file: str, plan: Plan, answered: Collection[str] = (), *, not_asked: Collection[str] = ()) -> Understood:
    """A file that came without words: for the one blank photo line, if there is exactly one."""
    blank = [line.key for line in Page(plan, answered, not_asked).blank if line.kind is ItemKind.PHOTO]
    return attach(Understood(photos=tuple(blank)), file, plan)
