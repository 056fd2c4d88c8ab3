"""What people type and what is understood: a table of both, read off the plan DAY of `reply_strategies`.

Before `|` the message (`~`: every line is answered already; `\\n` is a line break), after it what `shown` says of it.
"""

import pytest

from shiftbot.domain.replies import read_replies
from tests.domain.reply_strategies import ANSWERED, DAY, TODAY, rows, shown

UNDERSTOOD = r"""
3 38 43                                      | 3=38 to 43
3 38/43                                      | 3=38 to 43
3 38-43                                      | 3=38 to 43
3 38 to 43                                   | 3=38 to 43
3 43 38                                      | 3=38 to 43
3 min 38 max 43                              | 3=38 to 43
3 38, 43                                     | 3=38 to 43
3 4 5.5                                      | 3=4 to 5.5
3 38 43 door open                            | 3=38 to 43 (door open)
3 -25 -18                                    | 3=-25 to -18
3 38F-43F                                    | 3=38 to 43
vaccine fridge 38-43                         | 3=38 to 43
vaccine fridge 41                            | 2=41
fridge 41                                    | 2=41
fridge is 41                                 | 2=41
fridge 41 door left open                     | 2=41 (door left open)
extremes 38 43 ok                            | 3=38 to 43
2 41 ok                                      | 2=41
2 41, 8 -18                                  | 2=41 · 8=-18
2 41, 3 38 43, 4 ok                          | 2=41 · 3=38 to 43 · 4
2 41 door open, 4 ok                         | 2=41 (door open) · 4
2 4,6                                        | 2=4.6
2 ４.6                                        | 2=4.6
2 ٤                                          | 2=4
8 minus 18                                   | 8=-18
2 four                                       | 2=4
~2 because door was open                     | 2 because door was open
~2 why door was open                         | 2 because door was open
~fridge because door was open                | 2 because door was open
2 50; 2 because door was open                | 2=50 (door was open)
2 50 because door was open                   | 2=50 (door was open)
2 50 (door)                                  | 2=50 (door)
9 n/a none in stock                          | 9 n/a (none in stock)
11 4.5                                       | 11=4.5
11 4.5 psi                                   | 11=4.5
11 4.5psi alarm heard                        | 11=4.5 (alarm heard)
6 120                                        | 6=120
6 120, one broken                            | 6=120 (one broken)
6 three                                      | 6=3
13 2026-11-30                                | 13=30 Nov 2026
13 11/30/2026                                | 13=30 Nov 2026
13 30 Nov 2026                               | 13=30 Nov 2026
13 Nov 30                                    | 13=30 Nov 2026
13 11/2026                                   | 13=30 Nov 2026
13 Nov 2026                                  | 13=30 Nov 2026
13 03/04/2026                                | 13=4 Mar 2026
13 11/30/26                                  | 13=30 Nov 2026
13 30/11/2026                                | 13=30 Nov 2026
13 30.11.2026                                | 13=30 Nov 2026
13 tomorrow                                  | 13=24 Nov 2026
13 exp 11/2026                               | 13=30 Nov 2026
expiry 11/2026                               | 13=30 Nov 2026
15 clean                                     | 15=clean
15 c                                         | 15=clean
15 out                                       | 15=out of use
15 dirty, needs wipe                         | 15=dirty (needs wipe)
16 yes                                       | 16=yes
16 y                                         | 16=yes
16 no                                        | 16=no
12 sign                                      | 12=sign
12 signed                                    | 12=sign
12 reviewed                                  | 12=sign
sign 12                                      | 12=sign
log signed                                   | 12=sign
12 sign as reviewed                          | 12=sign
5,7                                          | 5 · 7
four done                                    | 4
one and five done                            | 1 · 5
mine cold chain                              | takes Cold chain
take cold chain                              | takes Cold chain
cold chain is mine                           | takes Cold chain
snooze                                       | snooze
snooze 10 min                                | snooze
~correct 2 41 misread the display            | 2=41 corrected: misread the display
~correct 2 41 because misread                | 2=41 corrected: misread
~2 correct 41 misread the display            | 2=41 corrected: misread the display
~correct 7 n/a not here                      | 7 n/a corrected: not here
~correct 7 fail seal torn                    | 7 fail corrected: seal torn
~correct 7 done I looked again               | 7 corrected: I looked again
~correct 10 boxes late because wrong         | 10=boxes late corrected: wrong
~correct 15 dirty looked again               | 15=dirty corrected: looked again
~correct 17 2 refill, oldest 40m because miscounted | 17=2 refill, oldest 40m corrected: miscounted
~correct 3 to 38 43 swapped digits           | 3=38 to 43 corrected: swapped digits
~change 2 to 41 misread                      | 2=41 corrected: misread
7 is not ok seal torn                        | 7 fail (seal torn)
n/a 5 closed                                 | 5 n/a (closed)
skip 5 closed                                | 5 n/a (closed)
fail 7 seal torn                             | 7 fail (seal torn)
line 5 done                                  | 5
#5 done                                      | 5
item 5                                       | 5
i did 5                                      | 5
i've done 5 and 7                            | 5 · 7
5 :+1:                                       | 5
5 :white_check_mark:                         | 5
5️⃣                                          | 5
:five:                                       | 5
5 done, two notes inside                     | 5 (two notes inside)
5 done (slow printer)                        | 5 (slow printer)
done lights                                  | 1
5 done thanks                                | 5
17 none                                      | 17=none
17 2 refill, 1 clinical, oldest 40m          | 17=2 refill, 1 clinical, oldest 40m
10 boxes came late; two torn                 | 10=boxes came late; two torn
5 and 7 are done                             | 5 · 7
2 41 door ok                                 | 2=41 (door ok)
6 120, one box broken                        | 6=120 (one box broken)
6 120 ok                                     | 6=120
15 clean ok                                  | 15=clean
16 n                                         | 16=no
~2 correct to 41 misread                     | 2=41 corrected: misread
2 41 as usual                                | 2=41 (as usual)
10 no news                                   | 10=no news
10 remark                                    | 10=remark
remark printer is slow                       | 10=printer is slow
10: one box missing                          | 10=one box missing
4; 5; 7                                      | 4 · 5 · 7
4\n5\n7 fail torn                            | 4 · 5 · 7 fail (torn)
undo the drawer                              | undo 5
5-7 n/a closed                               | 5 n/a (closed) · 6 n/a (closed) · 7 n/a (closed)
7 FAIL seal torn!!!                          | 7 fail (seal torn)
*5*                                          | 5
_5 done_                                     | 5
`5`                                          | 5
5 ✅                                          | 5
5 👍🏽                                         | 5
5 ok :thumbsup:                              | 5
3 hi 43 lo 38                                | 3=38 to 43
3 H43 L38                                    | 3=38 to 43
3 38 min 43 max                              | 3=38 to 43
3 between 38 and 43                          | 3=38 to 43
3 38.5/43.5 F                                | 3=38.5 to 43.5
3 38 – 43 °F                                 | 3=38 to 43
3 38...43                                    | 3=38 to 43
3 38 43 because of defrost                   | 3=38 to 43 (defrost)
3 -25--18                                    | 3=-25 to -18
3 -43 to -38                                 | 3=-43 to -38
3 38 43F iced                                | 3=38 to 43 (iced)
2 41.                                        | 2=41
2: 41                                        | 2=41
2=41                                         | 2=41
2) 41                                        | 2=41
2. 41                                        | 2=41
2 -41                                        | 2=-41
2 41°                                        | 2=41
2 41 degrees                                 | 2=41
2 41 deg F                                   | 2=41
2 41 fahrenheit                              | 2=41
2 41º                                        | 2=41
2 41ºF                                       | 2=41
8 -18,5                                      | 8=-18.5
8 −18.5 °C door iced up                      | 8=-18.5 (door iced up)
fridge:41                                    | 2=41
fridge=41                                    | 2=41
the fridge is at 41                          | 2=41
vaccine fridge reads 41                      | 2=41
freezer minus 20                             | 8=-20
freezer -20 iced                             | 8=-20 (iced)
lights:done                                  | 1
2 50 because of defrost                      | 2=50 (defrost)
1 ok; 4 ok                                   | 1 · 4
2 0                                          | 2=0
2 .5                                         | 2=0.5
2 41, 4 ok                                   | 2=41 · 4
2 41, door left open                         | 2=41 (door left open)
2 41 - door left open                        | 2=41 (door left open)
2 41: door left open                         | 2=41 (door left open)
2 -18                                        | 2=-18
2 ４1                                         | 2=41
2 41;8 -18                                   | 2=41 · 8=-18
8 -18 °C, iced up                            | 8=-18 (iced up)
vaccine fridge min 38 max 43                 | 3=38 to 43
extremes: 38/43                              | 3=38 to 43
5; 7 n/a closed; snow; 4                     | 5 · 7 n/a (closed; snow) · 4
11 five                                      | 11=5
11 4,5                                       | 11=4.5
11 0.5psi                                    | 11=0.5
11 6                                         | 11=6
6 1,200                                      | 6=1200
6 twelve                                     | 6=12
6 117 (one torn)                             | 6=117 (one torn)
6 117 because one is torn                    | 6=117 (one is torn)
13 2026/11/30                                | 13=30 Nov 2026
13 30-Nov-2026                               | 13=30 Nov 2026
13 Nov 30, 2026                              | 13=30 Nov 2026
13 30th Nov 2026                             | 13=30 Nov 2026
13 november 30 2026                          | 13=30 Nov 2026
13 sept 2027                                 | 13=30 Sep 2027
13 2027-02                                   | 13=28 Feb 2027
13 2/2028                                    | 13=29 Feb 2028
13 11/2026, two boxes                        | 13=30 Nov 2026 (two boxes)
13 2026-11-30 because it is the last         | 13=30 Nov 2026 (it is the last)
13 today                                     | 13=23 Nov 2026
15 CLEAN                                     | 15=clean
15 dirty because of a spill                  | 15=dirty (a spill)
15 fail hinge broken                         | 15 fail (hinge broken)
16 YES                                       | 16=yes
17 2 refills and 3 new, oldest 1h 30m        | 17=3 new, 2 refill, oldest 90m
17 3 messages (2 refill, 1 clinical), oldest 40 min | 17=2 refill, 1 clinical, oldest 40m
12 n/a nobody on site                        | 12 n/a (nobody on site)
12 signed thanks                             | 12=sign
12 sign please                               | 12=sign
mine front                                   | takes Front
the cold chain is mine                       | takes Cold chain
claim controlled                             | takes Controlled
i take pharmacist                            | takes Pharmacist
I'll take cold chain                         | takes Cold chain
zzz                                          | snooze
remind me later                              | snooze
~undo 2                                      | undo 2
undo 2-4                                     | undo 2 · undo 3 · undo 4
4 5 7 done                                   | 4 · 5 · 7
4, 6 120                                     | 4 · 6=120
4 & 5                                        | 4 · 5
4+5                                          | 4 · 5
4,5,7 ok                                     | 4 · 5 · 7
4 4 4                                        | 4
4 ok\n\n5 ok\n                               | 4 · 5
4 ok; ; 5 ok                                 | 4 · 5
no. 4 done                                   | 4
lines 4 and 5 done                           | 4 · 5
items 4, 5                                   | 4 · 5
number four done                             | 4
4 finished                                   | 4
4 complete                                   | 4
4 yep                                        | 4
we did 4 and 5                               | 4 · 5
done with 4                                  | 4
done 4                                       | 4
tick 4                                       | 4
4 ✔                                          | 4
:four: :white_check_mark:                    | 4
5 skip closed today                          | 5 n/a (closed today)
5 not applicable closed                      | 5 n/a (closed)
5 na closed                                  | 5 n/a (closed)
7 problem seal torn                          | 7 fail (seal torn)
7 broken hinge                               | 7 fail (hinge)
7 failed: seal torn                          | 7 fail (seal torn)
7 not ok, torn                               | 7 fail (torn)
seal fail torn                               | 7 fail (torn)
~correct 5 n/a because closed                | 5 n/a corrected: closed
~correct fridge 41 misread                   | 2=41 corrected: misread
~correct 4 ok looked again                   | 4 corrected: looked again
~correct 13 11/2027 read the other box       | 13=30 Nov 2027 corrected: read the other box
~correct 3 38 to 43 misread                  | 3=38 to 43 corrected: misread
~correct 11 4.5 psi because gauge moved      | 11=4.5 corrected: gauge moved
~correct 6 120 recounted                     | 6=120 corrected: recounted
~correct 16 no nothing came                  | 16=no corrected: nothing came
~7 correct done I looked again               | 7 corrected: I looked again
"""


@pytest.mark.parametrize(("said", "understood"), rows(UNDERSTOOD))
def test_a_reply_is_understood_as_its_writer_meant_it(said: str, understood: str) -> None:
    answered = ANSWERED if said.startswith("~") else ()
    assert shown(read_replies(said.removeprefix("~"), DAY, answered, today=TODAY)) == understood


def test_the_table_is_as_long_as_it_was_promised() -> None:
    """A row that is lost to an editor would go unnoticed."""
    assert len(rows(UNDERSTOOD)) >= 240
