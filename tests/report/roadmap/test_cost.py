"""What the roadmap costs: as much more as there is more of it."""

from __future__ import annotations

import time
from datetime import timedelta

from ..building import AS_OF
from .building import Board, computed, rules


def board(epics: int) -> Board:
    """Epics of forty stories, one in five of them open, half of them in two tools."""
    made = Board()
    for epic in range(epics):
        name, state = f"e{epic}", "In Progress" if epic % 5 == 0 else "Done"
        made.issue(name, state, type="Epic", level=1, title=f"Entry {epic}", due_on=AS_OF.date())
        if epic % 2:
            made.project(f"p{epic}", f"Entry {epic}", state)
        for number in range(40):
            done = state == "Done" or number % 4
            item = made.story(f"{name}-{number}", name, "Done" if done else "To Do", days=1 + number)
            if epic % 2 and number % 3 == 0:
                made.mirror(
                    item, f"m{epic}-{number}", project=f"p{epic}", created_at=AS_OF - timedelta(days=60)
                )
    made.write()
    return made


def cost(epics: int) -> float:
    """Processor seconds of the better of two readings."""
    built, taken = board(epics), []
    for _ in range(2):
        begun = time.process_time()
        with computed(built, roadmap=rules()) as every:
            assert len(every) == epics
        taken.append(time.process_time() - begun)
    built.close()
    return min(taken)


def test_four_times_the_entries_cost_no_more_than_six_times_as_much() -> None:
    few, many = cost(20), cost(80)
    assert many <= 6.0 * few, f"{few:.2f} s for 20 entries, {many:.2f} s for 80"
