"""When a schedule's ticks are. Pure: times are milliseconds since the epoch, and arrive as arguments.

A tick is a time at which a job is to be submitted, on a whole second of the wall clock of some zone (`cron`), or so
many seconds after the one before (`every`). At a change of clocks a tick in the hour that is left out comes
right after it, and one in the hour that comes twice comes the first time only; unless hour or minute begin with `*`:
then the clock on the wall decides, second by second. (Debian's cron does so, and cronsim for five fields; here it holds
for six, too.)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

_MINUTE, _HOUR = 1, 2  # the fields of CronSim's `parts`


class NoSuchCron(ValueError):
    """An expression that makes no sense, or never comes true; the message says why."""


@dataclass(frozen=True)
class Timing:
    """Either `cron` or `every` (ms) says when the ticks are; those of `every` are counted from `anchor`."""

    anchor: int
    cron: str | None = None
    every: int | None = None
    time_zone: str = "UTC"
    start_at: int | None = None  # there is none before
    end_at: int | None = None  # and none after

    def after(self, time: int) -> int | None:
        """The first tick that is later than that; None if there is none. Raises `NoSuchCron`."""
        if self.start_at is not None:
            time = max(time, self.start_at - 1)
        tick = _cron_after(self.cron, self.time_zone, time) if self.cron else self._every_after(time)
        return None if tick is None or (self.end_at is not None and tick > self.end_at) else tick

    def ticks(self, time: int) -> Iterator[int]:
        """All that are later than that."""
        tick = self.after(time)
        while tick is not None:
            yield tick
            tick = self.after(tick)

    def _every_after(self, time: int) -> int:
        every = self.every or 1
        return max(self.anchor, self.anchor + ((time - self.anchor) // every + 1) * every)


def time_zones() -> frozenset[str]:
    """The zones that there are, by their names in the IANA database. To look for them takes some 30 ms."""
    return frozenset(available_timezones() - {"localtime"})  # which is each host's own


def check_cron(cron: str) -> None:
    """Raise `NoSuchCron` for what is no cron expression."""
    try:
        CronSim(cron, datetime(2000, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise NoSuchCron(f"{error}.") from error


def _cron_after(cron: str, time_zone: str, time: int) -> int | None:
    try:
        for found in _from(cron, ZoneInfo(time_zone), time // 1000):
            tick = int(found.timestamp()) * 1000
            if tick > time:
                return tick
    except CronSimError as error:
        raise NoSuchCron(f"{error}.") from error
    except (OverflowError, ValueError):  # after the year 9999
        return None
    return None  # not in fifty years


def _from(cron: str, zone: ZoneInfo, seconds: int) -> CronSim:
    """All ticks after that time, and perhaps some before: the last of an hour that comes twice, or a minute's.

    With six fields cronsim goes by the time that passes, whatever they say, and so has some ticks twice or never. The
    ticks that the clocks leave out it moves by whole minutes, so into the first one after.
    """
    found = CronSim(cron, datetime.fromtimestamp(seconds, zone))
    if any(found.parts[field].startswith("*") for field in (_MINUTE, _HOUR)):
        return found
    found.fixup_tz, found.dt = zone, datetime.fromtimestamp(seconds - 60, zone).replace(tzinfo=None)
    return found
