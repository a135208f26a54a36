"""The counter: questions that wait in this process at one moment are decided together.

A commit that survives a power cut takes its millisecond however much it holds, so callers
who ask one question each would wait in line for the disk. Here the first who comes serves:
it takes every question waiting, its own included, to one transaction, tells everybody the
answer and hands on to whoever came meanwhile. Two serve at a time: while the database works
for one, the other decides. Alone, a question is decided at once; in company it waits a
millisecond for those who were just answered and ask again.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from queue import SimpleQueue

from arrears.clearance.types import Asking, Clearance

Decide = Callable[[list[Asking], str, datetime], Mapping[str, Clearance]]
MOST = 200  # questions in one transaction
HANDS = 2
A_MOMENT_SECONDS = 0.001
SAME_MOMENT = timedelta(seconds=1)  # a rehearsal lives in another time, and is served apart


class _Waiting:
    """One question at the counter, and what came of it."""

    __slots__ = ("answer", "asking", "book", "called", "failure", "gone", "now", "to_serve")

    def __init__(self, asking: Asking, book: str, now: datetime) -> None:
        self.asking, self.book, self.now = asking, book, now
        self.answer: Clearance | None = None
        self.failure: Exception | None = None
        self.called = SimpleQueue[bool]()  # True: called to serve; False: settled
        self.to_serve = False  # called, and did not come yet
        self.gone = False  # its caller was stopped while serving others

    @property
    def settled(self) -> bool:
        return self.answer is not None or self.failure is not None


class Counter:
    """`decide` answers many questions in one transaction of its own; so many `hands` do at a time."""

    def __init__(self, decide: Decide, *, hands: int = HANDS) -> None:
        self._decide, self._hands = decide, hands
        self._reset()
        os.register_at_fork(after_in_child=self._reset)  # a child has none of the callers

    def _reset(self) -> None:
        self._door, self._line, self._free_hands = threading.Lock(), deque[_Waiting](), self._hands
        self._company = 0  # questions decided last

    def ask(self, asking: Asking, *, book: str, now: datetime) -> Clearance:
        """The answer to one question; its failure is its own, never a neighbour's."""
        mine = _Waiting(asking, book, now)
        with self._door:
            self._line.append(mine)
            serving = self._free_hands > 0
            self._free_hands -= serving
        try:
            while True:
                if serving:
                    self._serve(mine)
                if mine.settled:
                    break
                serving = mine.called.get()
                mine.to_serve &= not serving
        finally:
            self._leave(mine)
        if mine.failure is not None:
            raise mine.failure
        assert mine.answer is not None
        return mine.answer

    def _leave(self, mine: _Waiting) -> None:
        """Were this thread stopped half way: nobody waits for it, and its turn to serve is another's."""
        with self._door:
            mine.gone = True
            if not mine.settled and mine in self._line:
                self._line.remove(mine)
        if mine.to_serve:
            self._hand_on([])

    def _serve(self, mine: _Waiting) -> None:
        """Decide what waits at the head of the line, if anything still does; then hand on."""
        if len(self._line) < self._company:
            time.sleep(A_MOMENT_SECONDS)
        batch = self._take()
        try:
            self._settle(batch)
        finally:  # were this thread stopped half way, the others would still be served
            self._hand_on([waiting for waiting in batch if not waiting.settled and waiting is not mine])
            for waiting in batch:
                if waiting.settled:
                    waiting.called.put(False)

    def _hand_on(self, unsettled: Sequence[_Waiting]) -> None:
        """The next in line that was not called yet takes over; with nobody there, the hand is free.

        Called while the door is held: whoever settles that question later does so after the call.
        """
        with self._door:
            self._line.extendleft(waiting for waiting in reversed(unsettled) if not waiting.gone)
            following = next((waiting for waiting in self._line if not waiting.to_serve), None)
            if following is None:
                self._free_hands += 1
            else:
                following.to_serve = True
                following.called.put(True)

    def _take(self) -> list[_Waiting]:
        """The head of the line and those behind it of the same book and moment."""
        with self._door:
            batch: list[_Waiting] = []
            while self._line and len(batch) < MOST and self._alike(self._line[0], batch):
                batch.append(self._line.popleft())
            self._company = len(batch)
        return batch

    @staticmethod
    def _alike(waiting: _Waiting, batch: Sequence[_Waiting]) -> bool:
        return not batch or (waiting.book == batch[0].book and abs(waiting.now - batch[0].now) <= SAME_MOMENT)

    def _settle(self, batch: list[_Waiting]) -> None:
        try:
            if batch:
                self._decide_together(batch)
        except Exception as failure:  # noqa: BLE001 - told to the caller whose question it is
            if len(batch) == 1:
                batch[0].failure = failure
                return
            for waiting in batch:  # one bad question must not fail its neighbours: each alone
                self._settle([waiting])

    def _decide_together(self, batch: list[_Waiting]) -> None:
        now = min(waiting.now for waiting in batch)  # the earliest: no place is free too soon
        answers = self._decide([waiting.asking for waiting in batch], batch[0].book, now)
        for waiting in batch:
            waiting.answer = answers[waiting.asking.key]
