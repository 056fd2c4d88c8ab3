"""What a message event says, before it is read."""

import pytest

from shiftbot.slack.replies import words_of

BODY = {"authorizations": [{"user_id": "U0BOT", "is_bot": True}]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<@U0BOT> 3 ok", "3 ok"),
        (" <@U0BOT|shiftbot>: 3 ok", "3 ok"),
        ("\u200e<@U0BOT> \u202a3 ok\u202c", "3 ok"),
        ("<@U0BEN> 3 ok", "<@U0BEN> 3 ok"),
        ("&lt;@U0BOT&gt; 3 ok", "<@U0BOT> 3 ok"),
        ("3 fail seal &amp; lid", "3 fail seal & lid"),
    ],
)
def test_only_the_bots_own_mention_and_invisible_marks_are_dropped(text: str, words: str) -> None:
    assert words_of(BODY, {"text": text}) == words
