"""How people are reached: everybody's means verified by tests they answer, and duty groups in Slack kept in step."""

from shiftbot.services.delivery import MeansState, is_reachable, reach_of, reach_of_all
from shiftbot.services.reaching.groups import keep_groups
from shiftbot.services.reaching.verifying import (
    ask_now,
    confirm,
    good_time,
    heard_from,
    home_of,
    look_after_means,
    press,
)

__all__ = [
    "MeansState",
    "ask_now",
    "confirm",
    "good_time",
    "heard_from",
    "home_of",
    "is_reachable",
    "keep_groups",
    "look_after_means",
    "press",
    "reach_of",
    "reach_of_all",
]
