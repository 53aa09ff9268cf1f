"""Checks that every plug-in must pass, whoever wrote it: games, agents, attacks, defenses, models.

A check is a plain function of what it checks. It returns nothing when all is well and raises
`CheckFailed`, with a sentence that says what is not, when something is wrong: ::

    from armsrace.checks import checks_in, games

    for check in checks_in(games):
        check(MyGame())

* `games`, and `learning_games` for those with a classifier: of a `Game`;
* `agents`: of an `Agent`;
* `parts`, and `attacks` or `defenses`: of a part and a `Scene` that suits it (`scenes_for`);
* `bad_input`: of an attack part and such a `Scene`, of which it takes away what the part needs;
* `models`: of an unfitted estimator.
"""

from armsrace.checks import agents as agents
from armsrace.checks import attacks as attacks
from armsrace.checks import bad_input as bad_input
from armsrace.checks import defenses as defenses
from armsrace.checks import games as games
from armsrace.checks import learning_games as learning_games
from armsrace.checks import models as models
from armsrace.checks import parts as parts
from armsrace.checks.discovery import checks_in as checks_in
from armsrace.checks.discovery import example_of as example_of
from armsrace.checks.discovery import exported_classes as exported_classes
from armsrace.checks.failure import CheckFailed as CheckFailed
from armsrace.checks.pennies import MatchingPennies as MatchingPennies
from armsrace.checks.playthroughs import playthrough as playthrough
from armsrace.checks.scenes import Scene as Scene
from armsrace.checks.scenes import scenes as scenes
from armsrace.checks.scenes import scenes_for as scenes_for
